import type { DoubtfulKeys } from '../snapshot-keys/doubtful-keys.ts';
import { keyId } from '../snapshot-keys/key-id.ts';
import { keyUse } from '../snapshot-keys/key-use.ts';
import type { Batch } from '../write/batch.ts';
import type { Committed } from '../write/commit-lane.ts';
import { argumentsOf } from '../write/judge-replies.ts';

/** Answer by 0 when their key is not there, or below 0 for a field; a source that replicates one had it. */
const telling = new Set(['PEXPIREAT', 'PERSIST', 'COPY', 'MOVE', 'HPEXPIREAT', 'HPERSIST']);
/** Our own questions about a key, or a field of it. */
const asking = new Set(['EXISTS', 'PTTL', 'HEXISTS', 'HPTTL']);
const noKey = /no such key|requires the key to exist|^NOGROUP/;
/** What older servers say of options that they do not know. */
const noSuchForm = /syntax error|wrong number of arguments|unknown subcommand|invalid stream id|not a valid float/i;

/** The elements by which a target tells that it has not the key which the source had, or knows no such form of a command. */
export function missingKeys(batch: Batch, { errors, zeros }: Committed): Set<number> {
  const told = batch.tellsMissing ? zeros.filter((element) => telling.has(nameOf(batch, element))) : [];
  const failed = errors.flatMap(({ element, error }) => (isMendable(error.message) ? element : []));
  return new Set([...told, ...failed].filter((element) => element >= 0 && batch.markOf(element) >= 0));
}

const isMendable = (message: string): boolean => noKey.test(message) || noSuchForm.test(message);

/** Hot path: any command may answer 0. */
function nameOf(batch: Batch, element: number): string {
  const bytes = batch.commandOf(element);
  const sizeAt = bytes.indexOf(0x0a) + 2;
  const lineEnd = bytes.indexOf(0x0d, sizeAt);
  const size = Number(bytes.toString('latin1', sizeAt, lineEnd));
  return bytes.toString('latin1', lineEnd + 2, lineEnd + 2 + size).toUpperCase();
}

export type BatchOutcome = {
  /** Elements that the target answered with 0 or less: a probe that found no key, or none with an expiry. */
  zeros: ReadonlySet<number>;
  /** Elements whose key was missing. */
  missing: ReadonlySet<number>;
  /** Elements that failed. */
  failed: ReadonlySet<number>;
  /** The batch ran so late that keys may have expired before it, and was not probed: none of its effects is sure. */
  isUnsure: boolean;
};

/**
 * Goes through a batch that the target has run, command by command, and keeps the doubtful keys up with it.
 *
 * Returns the failed elements that failed because a key was in doubt: a snapshot of the key mends their effect.
 */
export function judgeDoubts(batch: Batch, doubts: DoubtfulKeys, outcome: BatchOutcome): Set<number> {
  const excused = new Set<number>();
  const mended = new Map(batch.repairs.map(({ element, id }) => [element, id]));
  let db = 0;
  for (let element = 0; element < batch.queued; element++) {
    const args = argumentsOf(batch.commandOf(element));
    const name = (args[0] ?? Buffer.alloc(0)).toString('latin1').toUpperCase();
    const id = mended.get(element);
    if (id !== undefined) doubts.settle(id);
    else if (batch.markOf(element) >= 0) {
      const isUnsure = outcome.isUnsure || outcome.missing.has(element);
      if (isDoubtful(args, { db, name, doubts, isUnsure }) && outcome.failed.has(element)) excused.add(element);
    } else if (name === 'SELECT') db = Number(args[1]);
    else if (asking.has(name) && outcome.zeros.has(element)) doubts.mark(keyId(db, args[1] as Buffer));
  }
  return excused;
}

type Circumstances = { db: number; name: string; doubts: DoubtfulKeys; isUnsure: boolean };

/** Follows a command of the source. Returns whether it touched a doubtful key. */
function isDoubtful(args: readonly Buffer[], { db, name, doubts, isUnsure }: Circumstances): boolean {
  if (name === 'FLUSHALL' || name === 'FLUSHDB') doubts.flush(name === 'FLUSHALL' ? null : db);
  else if (name === 'SWAPDB') doubts.swap(Number(args[1]), Number(args[2]));
  const use = keyUse(args, db);
  if (isUnsure) for (const id of use.reads) doubts.mark(id);
  doubts.follow(use);
  return use.reads.some((id) => doubts.has(id)) || use.writes.some((id) => doubts.has(id));
}
