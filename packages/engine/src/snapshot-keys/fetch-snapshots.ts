import { FerryError } from '@cacheferry/kernel';
import { type Command, type Connection, type Reply, ReplyError } from '@cacheferry/resp';
import { type KeyId, keyOf } from './key-id.ts';

/** The value of a key at one place of the stream. `payload`: as DUMP gives it; null: there was no such key. */
export type KeySnapshot = { id: KeyId; payload: Buffer | null /** Unix ms; 0: none. */; expireAtMs: number };

/** Snapshots that were taken at once: they contain the stream up to `offset` and nothing behind it. */
export type Snapshots = { offset: number; replicationId: string; keys: KeySnapshot[] };

export type FetchOptions = {
  /** PEXPIRETIME (≥ 7.0); else the expiry comes from PTTL and the source's clock, to about a millisecond. */
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
  const commands: Command[] = [['TIME'], ['INFO', 'replication']];
  const places: number[] = [];
  let current = -1;
  for (const id of ids) {
    const { db, key } = keyOf(id);
    if (db !== current) commands.push(['SELECT', db]);
    current = db;
    places.push(commands.length);
    commands.push(['DUMP', key], [hasExpireTime ? 'PEXPIRETIME' : 'PTTL', key]);
  }
  const replies = await transaction(connection, commands);
  const [seconds, micros] = replies[0] as Reply[];
  const nowMs = hasExpireTime ? 0 : Number(seconds) * 1000 + Number(micros) / 1000;
  const keys = ids.map((id, index) => {
    const place = places[index] as number;
    const payload = replies[place] as Buffer | null;
    const time = Number(replies[place + 1]);
    return { id, payload: payload && Buffer.from(payload), expireAtMs: time < 0 ? 0 : Math.round(nowMs + time) };
  });
  return { ...readPlace(replies[1] as Reply, connection.endpoint), keys };
}

/** Where a source's stream is now. */
export async function fetchPlace(connection: Connection): Promise<{ offset: number; replicationId: string }> {
  return readPlace(await connection.call('INFO', 'replication'), connection.endpoint);
}

/** The place in its stream that a server tells by INFO replication. */
export function readPlace(info: Reply, endpoint: string): { offset: number; replicationId: string } {
  const text = String(info);
  const offset = /^master_repl_offset:(\d+)\r?$/m.exec(text)?.[1];
  if (offset === undefined) throw new FerryError('source.no_offset', { endpoint });
  return { offset: Number(offset), replicationId: /^master_replid:(\w+)\r?$/m.exec(text)?.[1] ?? '' };
}

/** Runs commands in one MULTI. Throws the classified error of the first that fails. */
export async function transaction(connection: Connection, commands: readonly Command[]): Promise<Reply[]> {
  const replies = await connection.pipeline([['MULTI'], ...commands, ['EXEC']]);
  const refused = replies.findIndex((reply) => reply instanceof ReplyError);
  if (refused >= 0) throw classified(connection, replies[refused] as ReplyError, commands[refused - 1]);
  const results = replies.at(-1) as Reply[];
  const failed = results.findIndex((reply) => reply instanceof ReplyError);
  if (failed >= 0) throw classified(connection, results[failed] as ReplyError, commands[failed]);
  return results;
}

const classified = (connection: Connection, error: ReplyError, command: Command | undefined): FerryError =>
  connection.classify(error, String(command?.[0] ?? 'EXEC'));
