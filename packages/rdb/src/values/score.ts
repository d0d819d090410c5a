import { damagedValue } from './damaged.ts';

const special: Record<number, number> = {
  253: Number.NaN,
  254: Number.POSITIVE_INFINITY,
  255: Number.NEGATIVE_INFINITY,
};
const words: Record<string, number> = {
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
  '-nan': Number.NaN,
};

const digits = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A score that is kept as text in a packed sorted set. */
export function scoreOfText(text: Buffer, offset: number): number {
  const word = text.toString('latin1');
  const score = words[word] ?? (digits.test(word) ? Number(word) : undefined);
  if (score === undefined) throw damagedValue('score', offset);
  return score;
}

/** A score as values of type 3 keep it: one of three marks, or a length byte and that many ASCII digits. */
export function scoreAt(buffer: Buffer, at: number, offset: number): number {
  const length = buffer[at] as number;
  return special[length] ?? scoreOfText(buffer.subarray(at + 1, at + 1 + length), offset);
}

/** A score as servers print it. */
export function scoreText(score: number): string {
  if (Number.isNaN(score)) return 'nan';
  if (!Number.isFinite(score)) return score > 0 ? 'inf' : '-inf';
  // The engine keeps what `String` made of the last 16,384 numbers: with millions of scores all of that becomes old garbage.
  return Object.is(score, -0) ? '-0' : JSON.stringify(score);
}
