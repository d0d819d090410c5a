import { FerryError } from '@cacheferry/kernel';
import { type Command, type Connection, infoCount, infoField, type Reply, ReplyError } from '@cacheferry/resp';
import { expiryByTtl, type ExpiryQuestion } from './expiry-by-ttl.ts';
import { type KeyId, keyOf } from './key-id.ts';

/** The value of a key at one place of the stream. `payload`: as DUMP gives it; null: there was no such key. */
export type KeySnapshot = { id: KeyId; payload: Buffer | null /** Unix ms; 0: none. */; expireAtMs: number };

/** How often expiries are asked for until they are exact. */
export const attempts = 4;

/** Snapshots that were taken at once: they contain the stream up to `offset` and nothing behind it. */
export type Snapshots = { offset: number; replicationId: string; keys: KeySnapshot[] };

export type FetchOptions = {
  /** PEXPIRETIME (≥ 7.0); else the expiry comes from PTTL and the source's clock. */
  hasExpireTime: boolean;
};

/**
 * Reads keys of a source and the place in its stream that they belong to, in one MULTI: nothing can come in between.
 *
 * Throws the classified error of the source, `source.no_offset` when it tells no place.
 */
export async function fetchSnapshots(
  connection: Connection,
  ids: readonly KeyId[],
  { hasExpireTime }: FetchOptions,
): Promise<Snapshots> {
  const values = perKey(ids, 'DUMP');
  const expiries = expiriesOf(ids, hasExpireTime);
  const commands: Command[] = [['INFO', 'replication'], ...expiries.commands, ...values];
  for (let left = attempts; ; left--) {
    const replies = await transaction(connection, commands);
    const told = expiries.read(replies.slice(1));
    if (!told.isExact && left > 1) continue;
    const dumps = replies.slice(-values.length).filter((_, at) => values[at]?.[0] === 'DUMP');
    const keys = ids.map((id, index) => {
      const payload = dumps[index] as Buffer | null;
      return { id, payload: payload && own(payload), expireAtMs: told.expiries[index] as number };
    });
    return { ...readPlace(replies[0] as Reply, connection.endpoint), keys };
  }
}

/** A value without the piece of the connection that it came in; one that came in room of its own is taken as it is. */
const own = (value: Buffer): Buffer => (value.length * 2 > value.buffer.byteLength ? value : Buffer.from(value));

/** The commands that tell when keys expire, as such a server knows it. */
export function expiriesOf(ids: readonly KeyId[], hasExpireTime: boolean): ExpiryQuestion {
  const times = perKey(ids, hasExpireTime ? 'PEXPIRETIME' : 'PTTL');
  return hasExpireTime ? absolute(times) : expiryByTtl(times);
}

/** A command for each key, in its database. */
export function perKey(ids: readonly KeyId[], name: string): Command[] {
  let current = -1;
  return ids.flatMap((id): Command[] => {
    const { db, key } = keyOf(id);
    const select: Command[] = db === current ? [] : [['SELECT', db]];
    current = db;
    return [...select, [name, key]];
  });
}

/** Expiries that the server tells as they are. */
function absolute(asked: Command[]): ExpiryQuestion {
  return {
    commands: asked,
    read: (replies) => {
      const times = asked.flatMap(([name], at) => (name === 'SELECT' ? [] : Number(replies[at])));
      return { isExact: true, expiries: times.map((time) => Math.max(0, time)) };
    },
  };
}

/** Where a source's stream is now. */
export async function fetchPlace(connection: Connection): Promise<{ offset: number; replicationId: string }> {
  return readPlace(await connection.call('INFO', 'replication'), connection.endpoint);
}

/** The place in its stream that a server tells by INFO replication. */
export function readPlace(info: Reply, endpoint: string): { offset: number; replicationId: string } {
  const offset = infoCount(info, 'master_repl_offset');
  if (offset === null) throw new FerryError('source.no_offset', { endpoint });
  return { offset, replicationId: infoField(info, 'master_replid') ?? '' };
}

/** Runs commands in one MULTI. Throws the classified error of the first that fails, but for such as are `allowed`. */
export async function transaction(
  connection: Connection,
  commands: readonly Command[],
  allowed: RegExp | null = null,
): Promise<Reply[]> {
  const replies = await connection.pipeline([['MULTI'], ...commands, ['EXEC']]);
  const refused = replies.findIndex((reply) => reply instanceof ReplyError);
  if (refused >= 0) throw classified(connection, replies[refused] as ReplyError, commands[refused - 1]);
  const results = replies.at(-1) as Reply[];
  const failed = results.findIndex((reply) => reply instanceof ReplyError && !allowed?.test(reply.message));
  if (failed >= 0) throw classified(connection, results[failed] as ReplyError, commands[failed]);
  return results;
}

const classified = (connection: Connection, error: ReplyError, command: Command | undefined): FerryError =>
  connection.classify(error, String(command?.[0] ?? 'EXEC'));
