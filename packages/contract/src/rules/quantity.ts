import { RuleFault } from './rule-fault.ts';

/** A bound in words like `>3600`, `<=10mb`, in milliseconds or bytes. */
export type Bound = { than: '>' | '>=' | '<' | '<='; value: number };

const durations: Readonly<Record<string, number>> = { ms: 1, '': 1e3, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 };
const sizes: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1024,
  m: 2 ** 20,
  mb: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
};

/** Milliseconds of `90`, `90s`, `500ms`, `15m`, `2h`, `7d`; without a unit they are seconds. */
export const readDuration = (text: string): number => amount(text, durations, 'a time like 3600, 90s, 15m, 2h or 7d');
/** Bytes of `1000`, `64kb`, `1mb`, `2gb`, in powers of 1024. */
export const readSize = (text: string): number => amount(text, sizes, 'a size like 1000, 64kb, 1mb or 2gb');

/** A bound with its number in one of the two units. */
export function readBound(text: string, read: (text: string) => number): Bound {
  const found = /^(>=|<=|>|<)(.*)$/.exec(text);
  if (!found) throw new RuleFault('it needs >, >=, < or <= before the number');
  return { than: found[1] as Bound['than'], value: read(found[2] as string) };
}

/** Whether a value keeps a bound. */
export function isWithin({ than, value }: Bound, found: number): boolean {
  switch (than) {
    case '>':
      return found > value;
    case '>=':
      return found >= value;
    case '<':
      return found < value;
    case '<=':
      return found <= value;
  }
}

function amount(text: string, units: Readonly<Record<string, number>>, form: string): number {
  const found = /^(\d{1,15})([a-z]{0,2})$/.exec(text.trim().toLowerCase());
  const unit = found ? units[found[2] as string] : undefined;
  const value = unit === undefined ? Number.NaN : Number(found?.[1]) * unit;
  if (!Number.isSafeInteger(value))
    throw new RuleFault(`${text === '' ? 'the number is missing' : `${text} is not understood`}; write ${form}`);
  return value;
}
