import { type Dump, dumpAll } from './dump-all.ts';
import type { Client } from './send-all.ts';

export type Difference = { key: string; what: 'missing' | 'extra' | 'type' | 'value' | 'ttl'; a: string; b: string };
export type Comparison = { keysA: number; keysB: number; differences: Difference[] };
export type CompareOptions = {
  /** How far times to live may be apart; needed for servers before 7.0, which do not tell the exact time. */
  ttlToleranceMs?: number;
  /** Keys of which `a` and `b` may differ or lack, by the text `DB KEY`. */
  ignore?: (key: string) => boolean;
};

/** Compares all databases of two servers: `missing` is on `a` only, `extra` on `b` only. */
export async function compareServers(a: Client, b: Client, options: CompareOptions = {}): Promise<Comparison> {
  const [dumpA, dumpB] = await Promise.all([dumpAll(a), dumpAll(b)]);
  return { keysA: dumpA.size, keysB: dumpB.size, differences: compareDumps(dumpA, dumpB, options) };
}

/** Compares two dumps; nothing listed means they are equal. */
export function compareDumps(a: Dump, b: Dump, options: CompareOptions = {}): Difference[] {
  const { ttlToleranceMs = 0, ignore = () => false } = options;
  const found: Difference[] = [];
  for (const [key, left] of a) {
    if (ignore(key)) continue;
    const right = b.get(key);
    if (!right) found.push({ key, what: 'missing', a: `${left.type} ${left.value}`, b: '' });
    else if (left.type !== right.type) found.push({ key, what: 'type', a: left.type, b: right.type });
    else {
      if (left.value !== right.value) found.push({ key, what: 'value', a: left.value, b: right.value });
      const sameTtl =
        left.expireAtMs < 0 === right.expireAtMs < 0 && Math.abs(left.expireAtMs - right.expireAtMs) <= ttlToleranceMs;
      if (!sameTtl) found.push({ key, what: 'ttl', a: String(left.expireAtMs), b: String(right.expireAtMs) });
    }
  }
  for (const [key, right] of b)
    if (!a.has(key) && !ignore(key)) found.push({ key, what: 'extra', a: '', b: `${right.type} ${right.value}` });
  return found;
}
