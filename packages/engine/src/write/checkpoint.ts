import { LostClass } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';

/** How far a shard of the source is contained in the target. It commits together with what it speaks of. */
export type Checkpoint = {
  replicationId: string;
  /**
   * `rdb`: the first full sync is being copied · `resync`: a later one, over what the task itself wrote before, and
   * then what the source no longer has is removed · `stream`: the incremental sync.
   */
  phase: 'rdb' | 'resync' | 'stream';
  /** Offset at which the RDB was taken. */
  fullSyncOffset: number;
  /** In the RDB: its bytes that are contained. In the stream: the offset that is contained. */
  at: number;
  /** The same of the batch before: replies up to there were all seen, of what lies between they may have been lost. */
  seenAt: number;
  /** The stream's current database there. */
  seenDb: number;
  /** The stream's current database. */
  db: number;
  keysDone: number;
  keysSkipped: number;
  /** Whether the target may have keys whose expiry is held. */
  isHolding: boolean;
  /** Elements that did not arrive, by class. */
  lost: Partial<Record<LostClass, number>>;
};

const form =
  /^([0-9a-zA-Z?]{1,64}):(\d+):(\d+):(rdb|resync|stream):(\d+):(\d+):(\d+):(\d+):([01]):((?:[a-z_]+=\d+)?(?:,[a-z_]+=\d+)*)(?::(\d+))?$/;

/** The text of a checkpoint: `replid:at:db:phase:fullSyncOffset:seenAt:keysDone:keysSkipped:isHolding:class=n,…:seenDb`. */
export function formatCheckpoint(c: Checkpoint): string {
  const lost = Object.entries(c.lost).map(([name, count]) => `${name}=${count}`);
  const numbers = [c.fullSyncOffset, c.seenAt, c.keysDone, c.keysSkipped, c.isHolding ? 1 : 0].join(':');
  return `${c.replicationId}:${c.at}:${c.db}:${c.phase}:${numbers}:${lost.join(',')}:${c.seenDb}`;
}

/** Reads a checkpoint back. Throws `checkpoint.corrupt` for anything that was not written by `formatCheckpoint`. */
export function parseCheckpoint(text: string, endpoint: string): Checkpoint {
  const found = form.exec(text);
  if (!found) throw new FerryError('checkpoint.corrupt', { endpoint });
  const [, replicationId = '', ...rest] = found;
  const [at = 0, db = 0, , fullSyncOffset = 0, seenAt = 0, keysDone = 0, keysSkipped = 0] = rest.map(Number);
  // Checkpoints of the first version do not tell the database behind `seenAt`: they are taken at their word.
  const isFirstForm = rest[9] === undefined;
  const seenDb = isFirstForm ? db : Number(rest[9]);
  const numbers = [at, db, fullSyncOffset, seenAt, keysDone, keysSkipped, seenDb];
  if (!numbers.every(Number.isSafeInteger)) throw new FerryError('checkpoint.corrupt', { endpoint });
  const phase = rest[2] as Checkpoint['phase'];
  const seen = isFirstForm && phase === 'stream' ? at : seenAt;
  const isHolding = rest[7] === '1';
  const lost = parseLost(rest[8] ?? '');
  return { replicationId, phase, fullSyncOffset, at, seenAt: seen, seenDb, db, keysDone, keysSkipped, isHolding, lost };
}

function parseLost(text: string): Checkpoint['lost'] {
  const pairs = text.split(',').filter((pair) => pair !== '');
  const named = pairs.map((pair): [string, number] => [pair.split('=')[0] ?? '', Number(pair.split('=')[1])]);
  return Object.fromEntries(named.filter(([name]) => LostClass.safeParse(name).success));
}
