import type { Endpoint } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { type Connection, openConnection, type Reply, ReplyError } from '@cacheferry/resp';
import { openTopology, resolveEndpoint } from '@cacheferry/topology';
import { isBookkeeping } from './write/bookkeeping.ts';
import { writersIn } from './write/writers-in.ts';

/** What was removed: how many keys, and of which migrations. */
export type Forgotten = { keys: number; tasks: string[] };

const mostPasses = 20;

/**
 * Removes what migrations have written on a target about themselves, of one task or of all: nothing of it stays, whatever
 * shards, slots and large values it was about. None of them can go on afterwards.
 *
 * Throws `preflight.target_in_use` while one of them is connected, `endpoint.*`.
 */
export async function forgetTarget(endpoint: Endpoint, task: string | null, signal: AbortSignal): Promise<Forgotten> {
  const topology = await openTopology(await resolveEndpoint(endpoint, signal), 'target');
  const connections: Connection[] = [];
  try {
    for (const shard of topology.shards)
      connections.push(await openConnection({ ...(await shard.locate(signal)), db: 0, signal }));
    for (const connection of connections) await refuseWriters(connection, task);
    const found = new Map<string, number>();
    // A slot that moves takes keys with it to where has been looked already.
    for (let pass = 0; pass < mostPasses; pass++) {
      const counts = await Promise.all(connections.map((connection) => removeAll(connection, { task, found, signal })));
      if (counts.every((count) => count === 0)) break;
    }
    return { keys: [...found.values()].reduce((sum, count) => sum + count, 0), tasks: [...found.keys()].sort() };
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
    await topology.close();
  }
}

async function refuseWriters(connection: Connection, task: string | null): Promise<void> {
  const [list] = await connection.pipeline([['CLIENT', 'LIST']]);
  const writers = [...new Set(writersIn(list as Reply))].filter((name) => task === null || name === task);
  if (writers.length > 0)
    throw new FerryError('preflight.target_in_use', { endpoint: connection.endpoint, tasks: writers.join(', ') });
}

type Removal = { task: string | null; found: Map<string, number>; signal: AbortSignal };

async function removeAll(connection: Connection, removal: Removal): Promise<number> {
  const info = String(await connection.call('INFO', 'keyspace'));
  let removed = 0;
  for (const [, db = '0'] of info.matchAll(/^db(\d+):keys=[1-9]/gm)) {
    await connection.call('SELECT', db);
    let cursor = '0';
    do {
      removal.signal.throwIfAborted();
      const [next, keys] = (await connection.call('SCAN', cursor, 'MATCH', 'cf:*', 'COUNT', 2_000)) as [
        Buffer,
        Buffer[],
      ];
      removed += await remove(connection, keys, removal);
      cursor = String(next);
    } while (cursor !== '0');
  }
  return removed;
}

async function remove(connection: Connection, keys: readonly Buffer[], { task, found }: Removal): Promise<number> {
  const ours = keys.filter((key) => isBookkeeping(key, 0, key.length) && (task === null || taskOf(key) === task));
  const replies = await connection.pipeline(ours.map((key) => ['DEL', key]));
  for (const [at, key] of ours.entries()) {
    const count = removedBy(connection, replies[at] as Reply);
    if (count > 0) found.set(taskOf(key), (found.get(taskOf(key)) ?? 0) + count);
  }
  return ours.length;
}

/** A key whose slot has moved is found by the next pass. */
function removedBy(connection: Connection, reply: Reply): number {
  if (!(reply instanceof ReplyError)) return Number(reply);
  const error = connection.classify(reply, 'DEL');
  if (error.code === 'endpoint.redirected') return 0;
  throw error;
}

/** What stands behind `cf:ck:`, up to the name of a shard. */
const taskOf = (key: Buffer): string => key.toString('utf8').split(':')[2] ?? '';
