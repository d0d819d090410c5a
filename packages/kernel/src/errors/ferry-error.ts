import { type ErrorCode, errorCatalogue } from './catalogue.ts';
import type { ErrorSpec } from './spec.ts';

/** What the texts of an error are filled with: names, numbers, addresses; never a secret, never a value. */
export type ErrorFacts = Record<string, string | number>;

/** The only error our code throws: a code of the catalogue and the facts of the case. */
export class FerryError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, facts: ErrorFacts = {}, cause?: unknown) {
    super(fill(errorCatalogue[code].title, facts), cause === undefined ? undefined : { cause });
    this.name = 'FerryError';
    this.code = code;
    this.facts = facts;
  }

  get spec(): ErrorSpec {
    return errorCatalogue[this.code];
  }

  /** What to do about it, filled with the facts. */
  get fix(): string {
    return fill(this.spec.fix, this.facts);
  }

  /** What lies behind it, for the log and for details: the messages of its causes. */
  get detail(): string {
    return causeText(this.cause) || this.message;
  }
}

/**
 * Replaces `{name}` in a text by the fact of that name, and `{name|key|keys}` by the word for so many; a name without
 * a fact stays as it is.
 */
export function fill(text: string, facts: ErrorFacts): string {
  return text.replace(/\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g, (whole, name: string, one?: string, other?: string) => {
    if (!(name in facts)) return other ?? whole;
    const said = String(facts[name]);
    return (said === '1' ? one : other) ?? said;
  });
}

/** As `fill`, for a sentence that is read and not run: large numbers are grouped, those of ports are not. */
export function fillSentence(text: string, facts: ErrorFacts): string {
  const said = Object.entries(facts).map(([name, value]) => [name, /port$/i.test(name) ? value : grouped(value)]);
  return fill(text, Object.fromEntries(said) as ErrorFacts);
}

/** `1,234,567`. `toLocaleString` would load the tables of all languages, which takes 10 to 30 ms of each start. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 key`, `1,234 keys`. */
export const counted = (count: number, one: string, other = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : other}`;

const grouped = (value: string | number) => (Number.isSafeInteger(value) ? formatCount(value as number) : value);

/** Turns anything that was thrown into a FerryError; what is not ours becomes `internal.unexpected` with its cause. */
export function toFerryError(thrown: unknown): FerryError {
  return thrown instanceof FerryError ? thrown : new FerryError('internal.unexpected', {}, thrown);
}

/** Whether a text is a code of the catalogue, as when it comes from another process. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCatalogue, text);
}

function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return cause === undefined ? '' : String(cause);
  const inner = causeText(cause.cause);
  return inner ? `${cause.message}: ${inner}` : cause.message;
}
