import { type Client, type Command, openClient, type RedisServer, sendAll } from '@cacheferry/testkit';
import type { Expected } from '../../../rdb/test/fixture-files.ts';

/** Keys of a server in the form of the fixtures: `db key` → type, end and value. */
export type Held = { type: string; pttl_at: number | null; value: unknown };

const readers: Record<string, (key: Buffer) => Command> = {
  string: (key) => ['GET', key],
  list: (key) => ['LRANGE', key, 0, -1],
  set: (key) => ['SMEMBERS', key],
  zset: (key) => ['ZRANGE', key, 0, -1, 'WITHSCORES'],
  hash: (key) => ['HGETALL', key],
  stream: (key) => ['XINFO', 'STREAM', key, 'FULL', 'COUNT', 0],
};

/** Reads the keys that are wanted, in the form of the fixtures; one that is not there is left out. */
export async function readHeld(server: RedisServer, wanted: readonly Expected[]): Promise<Map<string, Held>> {
  const held = new Map<string, Held>();
  for (const db of new Set(wanted.map((one) => one.db))) {
    const client = openClient(`${server.url}/${db}`);
    const keys = wanted.filter((one) => one.db === db).map((one) => Buffer.from(one.key, 'base64'));
    for (const [key, found] of await readDb(client, keys)) held.set(`${db} ${key.toString('base64')}`, found);
    client.disconnect();
  }
  return held;
}

async function readDb(client: Client, keys: readonly Buffer[]): Promise<[Buffer, Held][]> {
  const types = (
    await sendAll(
      client,
      keys.map((key): Command => ['TYPE', key]),
    )
  ).map(String);
  const ends = await sendAll(
    client,
    keys.map((key): Command => ['PEXPIRETIME', key]),
  );
  const replies = await sendAll(
    client,
    keys.map((key, at): Command => readers[types[at] ?? '']?.(key) ?? ['EXISTS', key]),
  );
  return keys.flatMap((key, at): [Buffer, Held][] => {
    const type = types[at] as string;
    if (type === 'none') return [];
    const end = Number(ends[at]);
    return [[key, { type, pttl_at: end < 0 ? null : end, value: shape(type, replies[at]) }]];
  });
}

function shape(type: string, reply: unknown): unknown {
  if (type === 'zset') return texts(reply);
  if (type === 'set') return sorted(reply as Buffer[]);
  if (type === 'hash')
    return pairs(reply as Buffer[])
      .sort((a, b) => Buffer.compare(a[0], b[0]))
      .map((pair) => pair.map(base64));
  if (type === 'stream') return streamOf(reply);
  return Array.isArray(reply) ? (reply as Buffer[]).map(base64) : base64(reply as Buffer);
}

/** What both the fixtures and every server since 7.0 tell of a stream. */
function streamOf(reply: unknown): unknown {
  const info = record(reply);
  return {
    entries: (info.entries as [Buffer, Buffer[]][]).map(([id, fields]) => [
      String(id),
      pairs(fields).map((pair) => pair.map(base64)),
    ]),
    last_id: String(info['last-generated-id']),
    groups: (info.groups as unknown[]).map((one) => {
      const group = record(one);
      return {
        name: base64(group.name as Buffer),
        last_delivered: String(group['last-delivered-id']),
        pending: ((group.pending ?? group.pel) as [Buffer, Buffer, number, number][]).map(([id, consumer, , count]) => [
          String(id),
          base64(consumer),
          count,
        ]),
        consumers: (group.consumers as unknown[]).map((consumer) => base64(record(consumer).name as Buffer)),
      };
    }),
  };
}

/** A fixture's value, without what not every server tells. */
export function comparable(type: string, value: unknown): unknown {
  if (type === 'zset')
    return (value as [string, string][]).map(([member, score]) => [
      member,
      Number(score.replace('inf', 'Infinity')) + 0,
    ]);
  if (type === 'hash') return (value as string[][]).map(([field, text]) => [field, text]);
  if (type !== 'stream') return value;
  const { entries, last_id, groups } = value as {
    entries: unknown;
    last_id: unknown;
    groups: Record<string, unknown>[];
  };
  return {
    entries,
    last_id,
    groups: groups.map(({ name, last_delivered, pending, consumers }) => ({
      name,
      last_delivered,
      pending,
      consumers,
    })),
  };
}

const base64 = (bytes: Buffer): string => bytes.toString('base64');
const sorted = (list: Buffer[]): string[] => [...list].sort(Buffer.compare).map(base64);
/** Some clients give member and score as a pair. */
/** The client gives member and score as a pair. */
const texts = (list: unknown): [string, string][] =>
  pairs((list as Buffer[][]).flat()).map(([a, b]) => [base64(a), String(b)]);
const pairs = <T>(list: readonly T[]): [T, T][] =>
  list.flatMap((one, at) => (at % 2 === 0 ? [[one, list[at + 1] as T] as [T, T]] : []));
const record = (list: unknown): Record<string, unknown> =>
  Object.fromEntries(pairs(list as unknown[]).map(([name, value]) => [String(name), value]));
