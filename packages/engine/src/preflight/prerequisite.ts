/** Ends a check because another one has to pass first; the row names it. */
export class Prerequisite extends Error {
  readonly check: string;

  constructor(check: string) {
    super(`${check} has to pass first`);
    this.check = check;
  }
}
