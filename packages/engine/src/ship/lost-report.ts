import type { LostClass } from '@cacheferry/contract';
import { type Logger, printableKey } from '@cacheferry/kernel';

/** One element that did not arrive. */
export type Loss = { class: LostClass; count: number; detail: string; db: number; key?: Buffer; command?: string };

const listedPerClass = 1_000;

/** Names elements that did not arrive in the log of the run, the first thousand of each class; all are counted. */
export class LostReport {
  readonly #log: Logger;
  readonly #listed = new Map<LostClass, number>();

  constructor(log: Logger) {
    this.#log = log;
  }

  add({ class: name, count, detail, db, key, command }: Loss): void {
    const listed = this.#listed.get(name) ?? 0;
    if (listed >= listedPerClass) return;
    this.#listed.set(name, listed + 1);
    const what = key === undefined ? { command } : { key: printableKey(key) };
    this.#log.warn('An element did not arrive', { class: name, count, db, ...what, detail });
    if (listed + 1 === listedPerClass)
      this.#log.warn('Further lost elements of this class are counted only', { class: name });
  }

  /** Something worth knowing that is no loss. */
  note(msg: string, { db, key }: { db: number; key: Buffer }): void {
    this.#log.info(msg, { db, key: printableKey(key) });
  }
}
