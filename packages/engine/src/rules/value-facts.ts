import { type RuleType, ruleTypes } from '@cacheferry/contract';
import { magicOf, readDumpPayload, valueTypeOf } from '@cacheferry/rdb';
import type { ValueFacts } from './rule-set.ts';
import { stringBytes } from './value-size.ts';

/** What rules look at, of a value as DUMP gives it: the same as they see of it in an RDB. */
export function factsOfDump(payload: Buffer, expireAtMs: number): ValueFacts {
  const { type: number, body, version } = readDumpPayload(payload);
  const name = valueTypeOf(number, magicOf(version));
  const type = ruleTypes.find((known) => known === name) ?? null;
  const bytes = type === 'string' ? stringBytes(body, 0, body.length) : body.length;
  return { type, bytes, expireAtMs };
}

/** A type as TYPE tells it; the server names a module's type by the module. */
export const typeNamed = (name: string): RuleType => ruleTypes.find((known) => known === name) ?? 'module';
