import { FerryError } from '@cacheferry/kernel';
import { type Reply, ReplyError } from '@cacheferry/resp';
import type { TargetLink } from '../route/target-link.ts';
import { checkpointKey, shardField } from './bookkeeping.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';

/** In what state a task found its target: it decides whether keys may be told to be its own. */
export type Origin = 'empty' | 'filled';

/** The right to write to a target, and what the task knows from its checkpoint there. */
export type Claim = {
  epoch: number;
  origin: Origin;
  /** Fields of the checkpoint hash that stay as they are, to be written with every checkpoint: FLUSHALL takes them too. */
  fields: readonly string[];
  checkpoints: ReadonlyMap<string, Checkpoint>;
};

export type ClaimOptions = {
  task: string;
  /** Number that a control plane gave to the run; a newer one wins. */
  jobEpoch: number;
  /** The epoch of an earlier claim of this same engine; null when it starts. */
  held: number | null;
  /** In what state the run found the target, where that is known. */
  origin?: Origin;
};

const attempts = 20;

/**
 * Takes a target over: raises the task's epoch in its checkpoint, so that no batch of an older engine is run any more,
 * and reads the checkpoint afterwards. Ends with the checkpoint watched on this connection.
 *
 * With `held` (after a lost link) the epoch stays, and a newer one means that another engine took over.
 * Throws `engine.fenced`, `checkpoint.corrupt`, `target.lost_history`.
 */
export async function claimTarget(connection: TargetLink, options: ClaimOptions): Promise<Claim> {
  const key = checkpointKey(options.task);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const fields = await watch(connection, key);
    if (options.held !== null && fields.size === 0) throw lostHistory(connection);
    const epoch = nextEpoch(fields, options);
    const origin = options.origin ?? (await originOf(connection, fields));
    const kept = ['version', '1', 'epoch', String(epoch), 'job', String(options.jobEpoch), 'origin', origin];
    if (fields.get('epoch') !== String(epoch) && !(await store(connection, key, kept))) continue;
    const now = await watch(connection, key);
    if (now.get('epoch') !== String(epoch)) continue;
    return { epoch, origin, fields: kept, checkpoints: checkpointsOf(now, connection.endpoint) };
  }
  throw new FerryError('engine.fenced');
}

async function watch(connection: TargetLink, key: string): Promise<Map<string, string>> {
  const [watched, hash] = await connection.pipeline([
    ['WATCH', key],
    ['HGETALL', key],
  ]);
  const refused = [watched, hash].find((reply) => reply instanceof ReplyError);
  if (refused instanceof ReplyError) throw connection.classify(refused, refused === watched ? 'WATCH' : 'HGETALL');
  const texts = (hash as Reply[]).map(String);
  return new Map(texts.flatMap((name, index) => (index % 2 === 0 ? [[name, texts[index + 1] ?? '']] : [])));
}

function nextEpoch(fields: ReadonlyMap<string, string>, { jobEpoch, held }: ClaimOptions): number {
  const stored = Number(fields.get('epoch') ?? 0);
  if (Number(fields.get('job') ?? 0) > jobEpoch) throw new FerryError('engine.fenced');
  if (held === null) return stored + 1;
  // A target that failed over to a replica behind may have lost the claim; it is made again.
  if (stored > held) throw new FerryError('engine.fenced');
  return held;
}

async function originOf(connection: TargetLink, fields: ReadonlyMap<string, string>): Promise<Origin> {
  const known = fields.get('origin');
  if (known === 'empty' || known === 'filled') return known;
  const info = String(await connection.call('INFO', 'keyspace'));
  return /^db\d+:keys=[1-9]/m.test(info) ? 'filled' : 'empty';
}

/** False when the checkpoint was changed in between. */
async function store(connection: TargetLink, key: string, fields: readonly string[]): Promise<boolean> {
  const replies = await connection.pipeline([['MULTI'], ['HMSET', key, ...fields], ['EXEC']]);
  const refused = replies.find((reply) => reply instanceof ReplyError);
  if (refused instanceof ReplyError) throw connection.classify(refused, 'HMSET');
  return replies[2] !== null;
}

function checkpointsOf(fields: ReadonlyMap<string, string>, endpoint: string): Map<string, Checkpoint> {
  const shards = [...fields].filter(([name]) => name.startsWith(shardField('')));
  return new Map(shards.map(([name, text]) => [name.slice(shardField('').length), parseCheckpoint(text, endpoint)]));
}

const lostHistory = ({ endpoint }: TargetLink) => new FerryError('target.lost_history', { endpoint });
