import { Cluster, Redis } from 'ioredis';
import { readValues } from './dump-key.ts';
import { type Client, type Command, sendAll } from './send-all.ts';

/** `expireAtMs` is -1 for a key without a time to live. */
export type DumpedKey = { type: string; value: string; expireAtMs: number };
/** By `DB KEY`, the key as latin1 text. */
export type Dump = Map<string, DumpedKey>;

/**
 * Reads every key of every database by ordinary commands: an oracle that shares no code with the engine.
 * Two dumps are equal when and only when the data is; values longer than 200 characters appear as their hash.
 */
export async function dumpAll(client: Client): Promise<Dump> {
  const dump: Dump = new Map();
  // A client that has just been made knows its nodes only when it has been answered.
  if (client instanceof Cluster) await client.ping();
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  for (const node of nodes) await dumpNode(node, dump);
  return dump;
}

async function dumpNode(client: Redis, dump: Dump): Promise<void> {
  const reader = client.duplicate({ db: 0, maxRetriesPerRequest: null });
  try {
    const knows = {
      expireTime: await hasCommand(reader, 'pexpiretime'),
      fieldTtl: await hasCommand(reader, 'hpexpiretime'),
    };
    for (const db of await databases(reader)) {
      if (db !== 0 || (reader.options.db ?? 0) !== 0) await reader.select(db);
      await dumpDatabase(reader, db, knows, dump);
    }
  } finally {
    reader.disconnect();
  }
}

type Knows = { expireTime: boolean; fieldTtl: boolean };

async function dumpDatabase(client: Redis, db: number, knows: Knows, dump: Dump): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await client.scanBuffer(cursor, 'COUNT', 1_000);
    cursor = next.toString();
    const types = (
      await sendAll(
        client,
        keys.map((key): Command => ['TYPE', key]),
      )
    ).map(String);
    const values = await readValues(client, keys, types, knows.fieldTtl);
    const times = await expireTimes(client, keys, knows.expireTime);
    keys.forEach((key, at) => {
      if (types[at] === 'none' || times[at] === -2) return;
      const entry = { type: types[at] ?? '', value: values[at] ?? '', expireAtMs: times[at] ?? -1 };
      dump.set(`${db} ${key.toString('latin1')}`, entry);
    });
  } while (cursor !== '0');
}

/** Servers before 7.0 tell the time that is left only: then the result is right to some milliseconds. */
async function expireTimes(client: Redis, keys: readonly Buffer[], exact: boolean): Promise<number[]> {
  if (exact)
    return (
      await sendAll(
        client,
        keys.map((key): Command => ['PEXPIRETIME', key]),
      )
    ).map(Number);
  const [time] = await sendAll(client, [['TIME']]);
  const [seconds = 0, micros = 0] = (time as Buffer[]).map(Number);
  const now = seconds * 1_000 + Math.floor(micros / 1_000);
  const left = (
    await sendAll(
      client,
      keys.map((key): Command => ['PTTL', key]),
    )
  ).map(Number);
  return left.map((ms) => (ms < 0 ? ms : now + ms));
}

async function databases(client: Redis): Promise<number[]> {
  const text = await client.info('keyspace');
  return [...text.matchAll(/^db(\d+):/gm)].map((match) => Number(match[1])).sort((a, b) => a - b);
}

async function hasCommand(client: Redis, name: string): Promise<boolean> {
  const answer = await client.call('COMMAND', 'INFO', name);
  return Array.isArray(answer) && Array.isArray(answer[0]);
}
