import {
  type CheckOptionsInput,
  CheckOptions,
  type CheckSnapshot,
  type Conflict,
  parseEndpointUrl,
} from '@cacheferry/contract';
import { silentLogger, systemClock } from '@cacheferry/kernel';
import {
  hasServer,
  type RedisCluster,
  type RedisServer,
  removeDir,
  seedMixed,
  startCluster,
  startRedis,
  tempDir,
} from '@cacheferry/testkit';
import { ClusterDirectory, keySlot } from '@cacheferry/topology';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCheck, type SidePlace } from '../src/index.ts';

let server: RedisServer;
let cluster: RedisCluster;
let other: RedisCluster;
beforeAll(async () => {
  [server, cluster, other] = await Promise.all([startRedis(), startCluster(), startCluster()]);
});
afterAll(() => Promise.all([server.stop(), cluster.stop(), other.stop()]));
beforeEach(async () => {
  await server.client.flushall();
  for (const { client } of [cluster, other]) await Promise.all(client.nodes('master').map((node) => node.flushall()));
});

type End = RedisServer | RedisCluster;
const options = { keys: 1_500, seed: 5, ttlShare: 0 };

function placeOf(end: End): SidePlace {
  if ('port' in end) return { host: end.host, port: end.port, db: 0 };
  const endpoint = parseEndpointUrl(end.url);
  if (endpoint.kind !== 'cluster') throw new Error('no cluster');
  return new ClusterDirectory(endpoint);
}

async function check(source: End, target: End, change: CheckOptionsInput = {}, onProgress = (_: CheckSnapshot) => {}) {
  const conflicts: Conflict[] = [];
  const workDir = tempDir('check');
  const { result } = await runCheck(
    {
      source: placeOf(source),
      target: placeOf(target),
      sourceName: 'source',
      targetName: 'target',
      checkpointKey: 'cf:ck:none',
      rules: null,
      options: CheckOptions.parse({ intervalMs: 50, ...change }),
      signal: AbortSignal.timeout(80_000),
    },
    {
      clock: systemClock,
      log: silentLogger,
      workDir,
      onProgress,
      onConflict: (conflict) => conflicts.push(conflict),
    },
  ).finally(() => removeDir(workDir));
  const brief = conflicts.map(({ key, class: name }) => `${Buffer.from(key, 'base64')} ${name}`).sort();
  return { verdict: result.verdict, keysCompared: result.keysCompared, brief };
}

const ends = (): Record<string, End> => ({ server, cluster, other });
const pairs = [
  { source: 'server', target: 'cluster' },
  { source: 'cluster', target: 'server' },
  { source: 'cluster', target: 'other' },
];

describe.each(pairs)('$source against $target', ({ source, target }) => {
  test.each(['full', 'length', 'keys'] as const)('equal data are consistent by %s', async (mode) => {
    const [a, b] = [ends()[source] as End, ends()[target] as End];
    await Promise.all([seedMixed(a.client, options), seedMixed(b.client, options)]);
    expect(await check(a, b, { mode })).toEqual({ verdict: 'consistent', keysCompared: 1_500, brief: [] });
  });

  test('planted differences are found on whatever node, and repaired', async () => {
    const [a, b] = [ends()[source] as End, ends()[target] as End];
    await Promise.all([seedMixed(a.client, options), seedMixed(b.client, options)]);
    for (let n = 0; n < 12; n++) {
      await a.client.set(`lost:${n}`, n);
      await b.client.set(`extra:${n}`, n);
      await a.client.set(`value:${n}`, n);
      await b.client.set(`value:${n}`, n + 1);
      await a.client.pexpireat(`value:${n}`, 4_102_444_800_000);
    }
    const found = await check(a, b);
    const expected = ['extra', 'lost', 'value'].flatMap((name) =>
      Array.from({ length: 12 }, (_, n) => `${name}:${n} ${{ lost: 'missing' }[name] ?? name}`),
    );
    const withTtl = [...expected, ...Array.from({ length: 12 }, (_, n) => `value:${n} ttl`)];
    expect([found.verdict, found.brief]).toEqual(['inconsistent', withTtl.sort()]);
    expect((await check(a, b, { repair: true })).verdict).toBe('consistent');
    expect((await check(a, b)).verdict).toBe('consistent');
  });
});

/** Names of keys in one slot. */
const inSlot = (slot: number, count: number): string[] => {
  const names: string[] = [];
  for (let n = 0; names.length < count; n++) if (keySlot(Buffer.from(`k${n}`)) === slot) names.push(`k${n}`);
  return names;
};

/** So many keys, at that rate, that the last node is looked through two seconds after the first. */
const many = { ...options, keys: 4_500 };
const rateKeys = 1_250;
const slot = 16_000;

/** The same on both, and three keys in that slot of the cluster's last node that the server has not. */
async function fillMany(): Promise<void> {
  await Promise.all([seedMixed(server.client, many), seedMixed(cluster.client, many)]);
  for (const name of inSlot(slot, 3)) await cluster.client.set(name, '1');
}

/** Checks the cluster; `act` is called once some keys are compared. */
async function checkWhile(act: () => Promise<unknown>): Promise<{ verdict: string; brief: string[] }> {
  let acted: Promise<unknown> | null = null;
  const { verdict, brief } = await check(cluster, server, { rateKeys }, ({ keysCompared }) => {
    if (keysCompared > 0) acted ??= act();
  });
  await acted;
  return { verdict, brief };
}

const allMissing = { verdict: 'inconsistent', brief: inSlot(slot, 3).map((name) => `${name} missing`) };

test('keys of a slot that is on its way before and after are not passed over as they move', async () => {
  await fillMany();
  const move = await cluster.beginMove(slot, 0);
  expect(await checkWhile(() => move.keys(100))).toEqual(allMissing);
  expect(await move.keys(100)).toBe(0);
  await move.finish();
  await cluster.moveSlot(slot, 2);
});

test('a slot that moves to and fro meanwhile hides no key', async () => {
  await fillMany();
  const found = await checkWhile(async () => {
    await cluster.moveSlot(slot, 0);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await cluster.moveSlot(slot, 2);
  });
  expect(found).toEqual(allMissing);
});

test('slots that move meanwhile hide no key', async () => {
  await Promise.all([seedMixed(server.client, options), seedMixed(cluster.client, options)]);
  await server.client.set('only here', '1');
  const moving = (async () => {
    for (let slot = 0; slot < 6; slot++) await cluster.moveSlot(slot * 2_000, (slot + 1) % 3);
  })();
  const { verdict, brief } = await check(server, cluster);
  await moving;
  expect([verdict, brief]).toEqual(['inconsistent', ['only here missing']]);
});

describe.skipIf(!(await hasServer('valkey@9')))('a cluster of several databases', () => {
  test('is compared in each of them', async () => {
    const clusters = await Promise.all(
      [0, 1].map(() => startCluster({ version: 'valkey@9', args: ['--cluster-databases', '4'] })),
    );
    const [source, target] = clusters as [RedisCluster, RedisCluster];
    const write = async (end: RedisCluster, db: number, value: string) => {
      for (let n = 0; n < 30; n++) {
        const { server } = await end.ownerOf(Number(await end.client.cluster('KEYSLOT', `k${n}`)));
        await server.connect({ db }).set(`k${n}`, value);
      }
    };
    for (const end of clusters) for (const db of [0, 3]) await write(end, db, `value ${db}`);
    expect(await check(source, target)).toEqual({ verdict: 'consistent', keysCompared: 60, brief: [] });
    await write(source, 2, 'here only');
    const found = await check(source, target);
    expect(found).toMatchObject({ verdict: 'inconsistent', keysCompared: 90 });
    expect(found.brief).toHaveLength(30);
    await Promise.all(clusters.map((one) => one.stop()));
  });
});
