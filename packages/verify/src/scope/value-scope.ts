import type { MigrationRules } from '@cacheferry/engine';
import { ruleTypes } from '@cacheferry/contract';
import { dumpOverhead } from '@cacheferry/rdb';
import type { Command, Reply } from '@cacheferry/resp';
import type { Reading } from '../check-types.ts';
import { typeOfReading, valueOfDump } from '../compare-readings.ts';
import { expiryOf, type Side } from '../side.ts';

type Facts = Parameters<MigrationRules['takesValue']>[0];
type Asked = { source: Side; db: number; nowMs: () => number };

/** What rules about values look at, of keys of the source in one database; null of such as are not there. */
export async function factsOfKeys(
  rules: MigrationRules,
  { source, db, nowMs }: Asked,
  keys: readonly Buffer[],
): Promise<(Facts | null)[]> {
  const ttl = source.ttlCommand;
  const asked = keys.flatMap((key): Command[] => [
    ['TYPE', key],
    [ttl, key],
  ]);
  // Other batches select their own databases on the same connection.
  const [, ...first] = await source.read.pipeline([['SELECT', db], ...asked]);
  const types = keys.map(
    (_, i) => ruleTypes.find((name) => name === String(first[i * 2])) ?? moduleOrNone(first[i * 2]),
  );
  const sizeCommands = keys.map((key, i): Command => [types[i] === 'string' ? 'STRLEN' : 'DUMP', key]);
  const [, ...sizes] = rules.looksAtSize ? await source.read.pipeline([['SELECT', db], ...sizeCommands]) : [];
  return keys.map((_, i) => {
    const type = types[i] ?? null;
    const expireAtMs = expiryOf(source, Number(first[i * 2 + 1]), nowMs());
    return type && { type, bytes: sizeOf(sizes[i]), expireAtMs };
  });
}

/** Of keys of the source in one database those that are in scope by type, size and expiry: their places. */
export async function takenByValue(rules: MigrationRules, asked: Asked, keys: readonly Buffer[]): Promise<number[]> {
  const facts = await factsOfKeys(rules, asked, keys);
  return facts.flatMap((found, i) => (found === null || rules.takesValue(found, asked.nowMs()) ? i : []));
}

/** What is known of the scope of a key that was read: whether it is in it now, and whether it was when it was copied. */
export type ReadScope = { isNow: boolean; took: ReturnType<MigrationRules['tookValue']> };

const inScope: ReadScope = { isNow: true, took: 'yes' };

/** One that is not there has nothing to be judged by: it stays in scope. */
export function scopeOfReading(rules: MigrationRules | null, reading: Reading, nowMs: number): ReadScope {
  const type = ruleTypes.find((name) => name === typeOfReading(reading)) ?? null;
  if (!rules?.hasValues || reading.refusal !== null) return inScope;
  // Where the value was not read, its type is all that is known.
  if (reading.dump === null)
    return reading.type === null || rules.takesType(type) ? inScope : { isNow: false, took: 'no' };
  const value = type === 'string' ? valueOfDump(reading.dump) : null;
  const bytes = value?.type === 'string' ? value.text.length : reading.dump.length - dumpOverhead;
  const facts = { type, bytes, expireAtMs: reading.expireAtMs };
  return { isNow: rules.takesValue(facts, nowMs), took: rules.tookValue(facts, nowMs) };
}

/** What a key is that has left the scope, or come into it, because time has passed; null where time did nothing. */
export function verdictByTime({ isNow, took }: ReadScope, isOnTarget: boolean): 'equal' | 'untold' | null {
  if (took !== 'no' && !isNow) return 'equal';
  return took === 'perhaps' && !isOnTarget ? 'untold' : null;
}

/** The server names a module's type by the module. */
const moduleOrNone = (type: Reply | undefined) => (String(type) === 'none' ? null : 'module');
const sizeOf = (reply: Reply | undefined): number =>
  Buffer.isBuffer(reply) ? reply.length - dumpOverhead : typeof reply === 'number' ? reply : 0;
