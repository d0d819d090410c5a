import type { MigrationRules } from '@cacheferry/engine';
import { ruleTypes } from '@cacheferry/contract';
import { dumpOverhead } from '@cacheferry/rdb';
import type { Command, Reply } from '@cacheferry/resp';
import type { Reading } from '../check-types.ts';
import { typeOfReading, valueOfDump } from '../compare-readings.ts';
import { expiryOf, type Side } from '../side.ts';

/** Which of these keys of the source are in scope by type, size and expiry: their places. Their database is selected. */
export async function takenByValue(
  { rules, source, now }: { rules: MigrationRules; source: Side; now: () => number },
  keys: readonly Buffer[],
): Promise<number[]> {
  const ttl = source.hasExactTtl ? 'PEXPIRETIME' : 'PTTL';
  const first = await source.read.pipeline(
    keys.flatMap((key): Command[] => [
      ['TYPE', key],
      [ttl, key],
    ]),
  );
  const types = keys.map(
    (_, i) => ruleTypes.find((name) => name === String(first[i * 2])) ?? moduleOrNone(first[i * 2]),
  );
  const sizes = rules.looksAtSize
    ? await source.read.pipeline(keys.map((key, i): Command => [types[i] === 'string' ? 'STRLEN' : 'DUMP', key]))
    : [];
  const nowMs = now();
  return keys.flatMap((_, i) => {
    const expireAtMs = expiryOf(source, Number(first[i * 2 + 1]), nowMs);
    const facts = { type: types[i] ?? null, bytes: sizeOf(sizes[i]), expireAtMs };
    return rules.takesValue(facts, nowMs) ? [i] : [];
  });
}

/** The same of a key that was read. One that is not there has nothing to be judged by: it stays in scope. */
export function isTakenByReading(rules: MigrationRules | null, reading: Reading, nowMs: number): boolean {
  if (!rules?.hasValues || reading.dump === null) return true;
  const type = ruleTypes.find((name) => name === typeOfReading(reading)) ?? null;
  const value = type === 'string' ? valueOfDump(reading.dump) : null;
  const bytes = value?.type === 'string' ? value.text.length : reading.dump.length - dumpOverhead;
  return rules.takesValue({ type, bytes, expireAtMs: reading.expireAtMs }, nowMs);
}

/** The server names a module's type by the module. */
const moduleOrNone = (type: Reply | undefined) => (String(type) === 'none' ? null : 'module');
const sizeOf = (reply: Reply | undefined): number =>
  Buffer.isBuffer(reply) ? reply.length - dumpOverhead : typeof reply === 'number' ? reply : 0;
