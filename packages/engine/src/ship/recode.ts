import { FerryError, printableKey } from '@cacheferry/kernel';
import {
  footerVersionFor,
  isEmptyValue,
  type RdbEntry,
  type RdbMagic,
  type RecodeGoal,
  readValue,
  recodeValue,
} from '@cacheferry/rdb';
import { keyId } from '../snapshot-keys/key-id.ts';
import type { RecodedValue } from './entry-stage-options.ts';
import type { HeldFields } from './held-fields.ts';

/**
 * How values are re-encoded for a target that refuses their form; `null` when it takes no form of them. `fields`: notes those
 * that have passed at the beginning of a log which may give them more time.
 */
export function recodeFor(
  { product }: Pick<RecodeGoal, 'product'>,
  refused: ReadonlySet<number>,
  now: () => number = () => 0,
  fields: Pick<HeldFields, 'keepPassed'> | null = null,
) {
  return (entry: RdbEntry, magic: RdbMagic): RecodedValue | null => {
    try {
      const { type, body, ...recoded } = recodeValue(entry.type, magic, entry.value, {
        product,
        refused,
        nowMs: now(),
        keeps: ({ field, expireAtMs }) => fields?.keepPassed(keyId(entry.db, entry.key), field, expireAtMs) === true,
      });
      if (refused.has(type)) return null;
      return {
        type,
        buffer: body,
        start: 0,
        end: body.length,
        arenaAt: -1,
        isEmpty: recoded.isEmpty,
        footerVersion: footerVersionFor(type, recoded.magic),
        lostFieldTtls: recoded.fieldExpiries.length,
        lostPending: recoded.unownedPending,
        lostMessageIds: recoded.messageIds,
      };
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      if (error.code === 'rdb.unsupported') return null;
      if (error.code !== 'rdb.corrupt') throw error;
      // The place within the value tells nobody where to look.
      const facts = { offset: entry.offset, reason: `the value of ${printableKey(entry.key)}: ${error.facts.reason}` };
      throw new FerryError('rdb.corrupt', facts, error);
    }
  };
}

/** Whether a value is a collection without elements, as old servers may have written: no server keeps such a key. */
export function isEmptyEntry(type: number, magic: RdbMagic, body: Buffer): boolean {
  try {
    return isEmptyValue(readValue(type, magic, body));
  } catch (error) {
    if (error instanceof FerryError) return false;
    throw error;
  }
}
