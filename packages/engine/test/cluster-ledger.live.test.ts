import type { Snapshot } from '@cacheferry/contract';
import {
  createRandom,
  type RedisCluster,
  type RedisServer,
  spawnFerry,
  startCluster,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { askEngine } from '../src/index.ts';
import { levelWith } from './cluster-level.ts';
import { begin } from './killing.ts';
import { hasLedger, Ledger, seedOf } from './ledger.ts';
import { expectEqualSoon } from './migration.ts';

afterEach(() => stopEverything());

/** A full run takes 50 or more. */
const kills = Number(process.env.FERRY_KILLS ?? 6);
/** A slot is moved by times to live (MIGRATE), not by expiries: each move adds what it takes. */
const ttlToleranceMs = Math.max(100, kills * 20);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Pair = { source: RedisCluster; target: RedisCluster };
/** What goes on until it is told to stop, the ends whose primaries have replicas, and how often it must have happened. */
type Trouble = {
  name: string;
  replicas: Partial<Record<keyof Pair, number>>;
  atLeast: number;
  once: (pair: Pair, n: number) => Promise<void>;
};

/** The slots of what the ledger writes. */
async function slotsOf(cluster: RedisCluster): Promise<number[]> {
  const primaries = await cluster.primaries();
  const keys = (await Promise.all(primaries.map(({ server }) => server.client.keys('lg:*')))).flat();
  const slots = await Promise.all(keys.map(async (key) => Number(await cluster.client.cluster('KEYSLOT', key))));
  return [...new Set(slots)];
}

async function reshard(cluster: RedisCluster, n: number): Promise<void> {
  const slots = await slotsOf(cluster);
  const slot = slots[n % slots.length];
  if (slot === undefined) return;
  const primaries = await cluster.primaries();
  const at = primaries.indexOf(await cluster.ownerOf(slot));
  const to = primaries[(at + 1 + (n % 2)) % primaries.length];
  await cluster.moveSlot(slot, cluster.nodes.indexOf(to as (typeof primaries)[number]));
}

/** Each primary and its replica change places in turn. */
async function failOver(cluster: RedisCluster, n: number): Promise<void> {
  const primaries = await cluster.primaries();
  const replicas = cluster.nodes.filter((node) => !primaries.includes(node));
  const replica = replicas[n % replicas.length];
  if (replica) await cluster.failover(cluster.nodes.indexOf(replica));
  await pause(1_500);
}

/** A killed primary comes back as the replica of its heir. */
async function comeBack(server: RedisServer): Promise<void> {
  await server.start();
  const isLinked = async () => (await server.info('replication')).master_link_status === 'up';
  await waitFor(isLinked, { deadlineMs: 30_000, what: 'the link of a primary that came back' });
}

/** A primary is killed, its replica takes over, and it comes back as the replica of that. */
async function loseMaster(cluster: RedisCluster, n: number): Promise<void> {
  const primaries = await cluster.primaries();
  const replicas = cluster.nodes.filter((node) => !primaries.includes(node));
  const replica = replicas[n % replicas.length];
  if (!replica) return;
  await cluster.failover(cluster.nodes.indexOf(replica), 'kill');
  for (const { server } of cluster.nodes) if (!server.isRunning) await comeBack(server);
}

/** A replica of the target takes over that lacks what its primary had acknowledged. */
async function loseTarget(cluster: RedisCluster, n: number): Promise<void> {
  const primaries = await cluster.primaries();
  const replica = cluster.nodes.filter((node) => !primaries.includes(node))[n % primaries.length];
  if (!replica) return;
  const { master_port: port } = await replica.server.info('replication');
  const primary = primaries.find(({ server }) => server.port === Number(port));
  await replica.server.kill('SIGSTOP');
  await pause(1_000);
  await primary?.server.kill('SIGKILL');
  await replica.server.kill('SIGCONT');
  await cluster.failover(cluster.nodes.indexOf(replica), 'takeover');
  if (primary) await comeBack(primary.server);
}

const troubles: Trouble[] = [
  {
    name: 'slots move at the source',
    replicas: {},
    atLeast: 10,
    once: ({ source }, n) => reshard(source, n),
  },
  {
    name: 'slots move at the target',
    replicas: {},
    atLeast: 10,
    once: ({ target }, n) => reshard(target, n),
  },
  {
    name: 'primaries of the source hand over to their replicas',
    replicas: { source: 1 },
    atLeast: 2,
    once: ({ source }, n) => failOver(source, n),
  },
  {
    name: 'primaries of the source are killed',
    replicas: { source: 1 },
    atLeast: 1,
    once: ({ source }, n) => loseMaster(source, n),
  },
  {
    name: 'the target falls back',
    replicas: { target: 1 },
    atLeast: 2,
    once: ({ target }, n) => loseTarget(target, n),
  },
  {
    name: 'slots move and the target falls back',
    replicas: { target: 1 },
    atLeast: 10,
    once: ({ source, target }, n) => (n % 8 === 5 ? loseTarget(target, (n - 5) / 8) : reshard(source, n)),
  },
];

/** Makes trouble again and again; `stop` waits until it has been enough. */
function keepOn({ once, atLeast }: Trouble, pair: Pair): { stop: () => Promise<void> } {
  let isOver = false;
  const work = (async () => {
    for (let times = 0; !isOver || times < atLeast; times++) {
      await once(pair, times);
      await pause(100);
    }
  })();
  work.catch(() => {});
  return {
    stop: () => {
      isOver = true;
      return work;
    },
  };
}

async function killAgainAndAgain({ source, target }: Pair, dir: string): Promise<void> {
  const random = createRandom(seedOf(kills + 3));
  for (let n = 0; n < kills; n++) {
    const flags = n < kills / 3 ? ['--rate-keys', '2500', '--batch', '40'] : [];
    const start = ['migrate', '--mode', 'sync', '--state', dir, ...flags];
    const ferry = await spawnFerry([...start, source.url, target.url]);
    const until = performance.now() + 800 + random.below(2_500);
    await waitFor(() => !ferry.isRunning || performance.now() > until, { deadlineMs: 30_000 });
    expect(ferry.isRunning, ferry.stderr).toBe(true);
    await ferry.stop();
  }
}

describe.skipIf(!hasLedger)('from cluster to cluster every acknowledged effect arrives exactly once', () => {
  test.each(troubles)(
    'while $name and the engine is killed',
    { timeout: 120_000 + kills * 10_000 },
    async (trouble) => {
      const [source, target] = await Promise.all([
        startCluster({ replicas: trouble.replicas.source ?? 0 }),
        startCluster({ masters: 4, replicas: trouble.replicas.target ?? 0 }),
      ]);
      const pair: Pair = { source, target };
      const ledger = await Ledger.write(source.url, { rate: 800, seed: seedOf(21), dbs: '0' });
      const dir = tempDir('state');
      await begin({ ...pair, dir, flags: ['--rate-keys', '500', '--batch', '20'] });
      const going = keepOn(trouble, pair);
      await killAgainAndAgain(pair, dir);
      const last = await spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
      const isLive = async () =>
        ((await askEngine(dir, { command: 'status' })) as Snapshot).state === 'incremental_sync';
      await waitFor(isLive, { deadlineMs: 60_000, what: `the stream to be followed: ${last.stderr}` });
      await going.stop();
      await ledger.until(1_000);
      await ledger.stop();
      await levelWith(dir, source, 60_000);
      expect(await ledger.audit(target.url, source.url)).toBe('');
      await expectEqualSoon(source, target, { ttlToleranceMs });
      await last.stop();
    },
  );
});
