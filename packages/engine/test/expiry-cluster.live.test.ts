import {
  type FerryProcess,
  type RedisCluster,
  type RedisServer,
  spawnFerry,
  startCluster,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { levelWith } from './cluster-level.ts';
import { at, Lives } from './expiry-lives.ts';
import { Remakes } from './expiry-remakes.ts';
import { caughtUp, expectEqual, expectEqualSoon, Migration } from './migration.ts';
import { MovingSlots } from './moving-slots.ts';

afterEach(() => stopEverything());

type Source = RedisServer | RedisCluster;
const isCluster = (end: Source): end is RedisCluster => 'nodes' in end;

/** Waits until the target of the engine has what the source has now. */
const level = (source: Source, dir: string): Promise<unknown> =>
  isCluster(source) ? levelWith(dir, source) : caughtUp(source, dir, { deadlineMs: 30_000 });

/** One node runs all commands of a life only if its keys lie in one slot. */
const livesOf = (source: Source): Lives =>
  isCluster(source) ? new Lives((index) => `{key:${index}}`, false) : new Lives(undefined, false);

const records = async (target: RedisCluster): Promise<string[]> =>
  (await Promise.all((await target.primaries()).map(({ server }) => server.client.keys('cf:fz:*')))).flat();

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const keysOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `counter:${n}`);

/** Makes counters that all expire at once. */
async function makeCounters({ client }: Source, keys: readonly string[], expireAt: number): Promise<void> {
  await Promise.all(keys.map((key) => client.set(key, '41', 'PXAT', expireAt)));
}

/** Changes each of them, and keeps it from expiring. */
async function keepCounters({ client }: Source, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.flatMap((key) => [client.incr(key), client.persist(key)]));
}

/** Makes counters that the target has with their real expiry, and keeps them when no engine is there to tell of it. */
async function missed(
  { source, target }: { source: Source; target: RedisCluster },
  engine: () => Promise<FerryProcess>,
  dir: string,
): Promise<readonly string[]> {
  const keys = keysOf(3_000);
  await source.client.set('before', 1);
  const first = await engine();
  await level(source, dir);
  const expireAt = Date.now() + 9_000;
  await makeCounters(source, keys, expireAt);
  await level(source, dir);
  const last = keys.slice(-300);
  const times = () => Promise.all(last.map((key) => target.client.call('PEXPIRETIME', key)));
  await waitFor(async () => (await times()).every((time) => Number(time) === expireAt), { what: 'the real expiries' });
  await first.stop();
  await at(expireAt - 2_000);
  await keepCounters(source, keys);
  await at(expireAt + 500);
  return keys;
}

const sources: readonly (readonly [string, () => Promise<Source>])[] = [
  ['one server', () => startRedis()],
  ['a cluster', () => startCluster()],
];

describe.each(sources)(
  'from %s into a cluster, a key whose expiry passes before the source’s word arrives',
  (_, start) => {
    test('while the engine is dead comes out as the source has it', { timeout: 60_000 }, async () => {
      const [source, target] = await Promise.all([start(), startCluster()]);
      const all = livesOf(source);
      const dir = tempDir('state');
      const engine = () => spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
      await source.client.set('before', 1);
      const first = await engine();
      await level(source, dir);
      const expireAt = Date.now() + 7_000;
      await all.begin(source, expireAt);
      await level(source, dir);
      await all.released(target, expireAt);
      await first.stop();
      await at(expireAt - 700);
      await all.change(source);
      await all.gone(source);
      await at(expireAt + 500);
      const again = await engine();
      await level(source, dir);
      await expectEqual(source, target);
      expect(await records(target)).toEqual([]);
      await again.stop();
    });

    test('while the target does not answer comes out so too', { timeout: 60_000 }, async () => {
      const [source, target] = await Promise.all([start(), startCluster()]);
      const all = livesOf(source);
      const run = new Migration({ source, target });
      await level(source, run.dir);
      const expireAt = Date.now() + 6_000;
      await all.begin(source, expireAt);
      await level(source, run.dir);
      await all.released(target, expireAt);
      await at(expireAt - 1_000);
      await Promise.all(target.nodes.map(({ server }) => server.kill('SIGSTOP')));
      await all.change(source);
      await all.gone(source);
      await at(expireAt + 1_000);
      await Promise.all(target.nodes.map(({ server }) => server.kill('SIGCONT')));
      await level(source, run.dir);
      await expectEqualSoon(source, target);
      await run.stop();
    });
  },
);

describe.each(sources)('from %s into a cluster, while keys are in doubt, nothing of them is lost', (_, start) => {
  test('when the engine is killed again and again', { timeout: 120_000 }, async () => {
    const [source, target] = await Promise.all([start(), startCluster()]);
    const dir = tempDir('state');
    const engine = () => spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
    const keys = await missed({ source, target }, engine, dir);
    let sawRecord = false;
    for (let n = 0; n < 12; n++) {
      const ferry = await engine();
      const until = performance.now() + 350 + n * 60;
      // Every other time just when keys are in doubt.
      const hasDoubts = async () => (await records(target)).length > 0;
      await waitFor(async () => performance.now() > until + (n % 2) * 3_000 || (n % 2 > 0 && (await hasDoubts())));
      if (n % 3 === 0) await Promise.all(keys.slice(0, 200).map((key) => source.client.incr(key)));
      await ferry.stop();
      sawRecord ||= await hasDoubts();
    }
    expect(sawRecord).toBe(true);
    const again = await engine();
    await level(source, dir);
    await expectEqual(source, target);
    expect(await records(target)).toEqual([]);
    await again.stop();
  });

  test('when slots of the target move and the engine is killed', { timeout: 120_000 }, async () => {
    const [source, target] = await Promise.all([start(), startCluster()]);
    const dir = tempDir('state');
    const engine = () => spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
    const keys = await missed({ source, target }, engine, dir);
    const some = keys.filter((_, n) => n % 60 === 0);
    const slots = await Promise.all(some.map(async (key) => Number(await target.client.cluster('KEYSLOT', key))));
    const moves = new MovingSlots(target, slots);
    for (let n = 0; n < 6; n++) {
      const ferry = await engine();
      await pause(500 + n * 150);
      await Promise.all(some.map((key) => source.client.incr(key)));
      await ferry.stop();
    }
    await moves.until(10);
    const again = await engine();
    await moves.stop();
    await level(source, dir);
    await expectEqualSoon(source, target, { ttlToleranceMs: 200 });
    await again.stop();
  });

  test.each([0, 300])(
    'when a replica of the target takes over that lacks what its primary had, %i ms behind the first record',
    { timeout: 120_000 },
    async (delayMs) => {
      const [source, target] = await Promise.all([start(), startCluster({ replicas: 1 })]);
      const dir = tempDir('state');
      const engine = () => spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
      const keys = await missed({ source, target }, engine, dir);
      const ferry = await engine();
      await waitFor(async () => ((await target.node(0).server.client.keys('cf:fz:*')) as unknown[]).length > 0, {
        what: 'records',
        deadlineMs: 10_000,
      });
      await pause(delayMs);
      await target.node(3).server.kill('SIGSTOP');
      await Promise.all(keys.map((key) => source.client.incr(key)));
      await pause(800);
      await target.node(0).server.kill('SIGKILL');
      await target.node(3).server.kill('SIGCONT');
      await target.failover(3, 'takeover');
      await level(source, dir);
      await expectEqualSoon(source, target);
      await ferry.stop();
    },
  );
});

describe.each(sources)(
  'from %s into a cluster, a key that a node drops just before it is made anew there',
  (_, start) => {
    const open = async () => {
      const [source, target] = await Promise.all([start(), startCluster()]);
      const all = new Remakes({ source, target }, isCluster(source) ? (index) => `{key:${index}}` : undefined);
      const dir = tempDir('state');
      const run = new Migration({ source, target }, {}, dir);
      await level(source, dir);
      const rest = all.noise();
      await all.begin();
      return { source, target, all, dir, run, rest };
    };

    test('comes out as the source has it', { timeout: 60_000 }, async () => {
      const { source, target, all, dir, run, rest } = await open();
      await all.remake(dir);
      await all.extend();
      rest();
      await level(source, dir);
      await expectEqual(source, target);
      expect(await records(target)).toEqual([]);
      expect((await run.status()).errors).toEqual({});
      await run.stop();
    });

    test('also when the engine is started anew before it gets another expiry', { timeout: 60_000 }, async () => {
      const { source, target, all, dir, run, rest } = await open();
      await all.remake(dir);
      await run.stop();
      await all.extend();
      rest();
      const again = new Migration({ source, target }, {}, dir);
      await level(source, dir);
      await expectEqual(source, target);
      await again.stop();
    });
  },
);
