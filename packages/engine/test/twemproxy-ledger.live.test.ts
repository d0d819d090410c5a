import type { Snapshot } from '@cacheferry/contract';
import {
  compareDumps,
  type Dump,
  dumpAll,
  hasNutcracker,
  type RedisServer,
  sendAll,
  spawnFerry,
  startCluster,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { askEngine } from '../src/index.ts';
import { begin, killOften } from './killing.ts';
import { hasLedger, Ledger, seedOf } from './ledger.ts';
import { dumpPool, levelWith, numbered, type Pool, startPool } from './pool.ts';
import { startFront } from './pool-front.ts';

afterEach(() => stopEverything());

/** A full run takes 50 or more. */
const kills = Number(process.env.FERRY_KILLS ?? 6);
const seed = seedOf(31);
/** The tags of what the ledger writes, one for each of its lanes. */
const tags = Array.from({ length: 16 }, (_, lane) => `${seed}.${lane}`);
const seeds = numbered(4_000, (n) => ['SET', `k:${n}`, `v${n}`]);

/** Where data may lie: how engine and ledger call it, which servers it has, and what it holds. */
type Place = { url: string; ledgerUrl: string; servers: readonly RedisServer[]; dump: () => Promise<Dump> };

async function pool(settings: Record<string, string> = {}): Promise<Place & { pool: Pool }> {
  const begun = await startPool(settings);
  const { host, port } = await startFront(begun, tags);
  const { url, servers } = begun;
  return { pool: begun, url, ledgerUrl: `redis://${host}:${port}`, servers, dump: () => dumpPool(begun) };
}

async function one(): Promise<Place> {
  const server = await startRedis();
  return { url: server.url, ledgerUrl: server.url, servers: [server], dump: () => dumpAll(server.client) };
}

async function cluster(): Promise<Place> {
  const { url, client, nodes } = await startCluster();
  return { url, ledgerUrl: url, servers: nodes.map(({ server }) => server), dump: () => dumpAll(client) };
}

async function seededPool(): Promise<Place> {
  const place = await pool({ distribution: 'modula', hash: 'crc16' });
  await place.pool.proxy.send('main', seeds);
  return place;
}

async function seededOne(): Promise<Place> {
  const place = await one();
  for (const { client } of place.servers) await sendAll(client, seeds as [string, ...string[]][]);
  return place;
}

const ends = [
  { name: 'a pool into a pool of another hash', source: seededPool, target: () => pool() },
  { name: 'a pool into a cluster', source: seededPool, target: cluster },
  { name: 'a pool into one server', source: seededPool, target: one },
  { name: 'one server into a pool', source: seededOne, target: () => pool() },
];

describe.skipIf(!hasLedger || !hasNutcracker())('an engine that is killed again and again', () => {
  test.each(ends)(
    'takes every acknowledged effect from $name exactly once',
    { timeout: 90_000 + kills * 5_000 },
    async (way) => {
      const [source, target] = await Promise.all([way.source(), way.target()]);
      const ledger = await Ledger.write(source.ledgerUrl, { rate: 800, seed, dbs: '0' });
      const run = { source, target, dir: tempDir('state') };
      const slow = ['--rate-keys', '1500', '--batch', '40'];
      await begin({ ...run, flags: slow });
      const ended = await killOften({ ...run, flags: slow }, Math.ceil(kills / 3), { leastMs: 400, mostMs: 1_500 });
      ended.push(
        ...(await killOften({ ...run, flags: [] }, Math.floor((kills * 2) / 3), { leastMs: 500, mostMs: 2_000 })),
      );
      expect(ended).toEqual([]);
      const last = await spawnFerry(['migrate', '--mode', 'sync', '--state', run.dir, source.url, target.url]);
      const status = async () => (await askEngine(run.dir, { command: 'status' })) as Snapshot;
      const isLive = async () => (await status().catch(() => null))?.state === 'incremental_sync';
      await waitFor(isLive, { deadlineMs: 60_000, everyMs: 100, what: `the stream to be followed: ${last.stderr}` });
      await ledger.until(1_000);
      await ledger.stop();
      await levelWith({ status, end: last.ended() }, source.servers);
      expect(await ledger.audit(target.ledgerUrl)).toBe('');
      const differences = async () =>
        compareDumps(await source.dump(), await target.dump(), {
          ignore: (key) => key.startsWith('0 cf:'),
          ttlToleranceMs: 100,
        });
      const isSame = async () => (await differences()).length === 0;
      await waitFor(isSame, { deadlineMs: 20_000, everyMs: 300 }).catch(() => {});
      expect((await differences()).slice(0, 10)).toEqual([]);
      await last.stop();
    },
  );
});
