import {
  compareDumps,
  type Difference,
  type Dump,
  dumpAll,
  hasNutcracker,
  type RedisServer,
  seedMixed,
  spawnFerry,
  startCluster,
  startRedis,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { caughtUp, expectEqualSoon, Migration } from './migration.ts';
import { dumpPool, startPool } from './pool.ts';

afterEach(() => stopEverything());

type Target = { url: string; servers: readonly RedisServer[]; dump: () => Promise<Dump> };

const targets: [string, boolean, () => Promise<Target>][] = [
  [
    'a cluster',
    true,
    async () => {
      const { url, nodes, client } = await startCluster();
      return { url, servers: nodes.map(({ server }) => server), dump: () => dumpAll(client) };
    },
  ],
  [
    'a pool',
    hasNutcracker(),
    async () => {
      const pool = await startPool();
      return { url: pool.url, servers: pool.servers, dump: () => dumpPool(pool) };
    },
  ],
];

type Trouble = [
  name: string,
  code: string | null,
  begin: (server: RedisServer) => Promise<unknown>,
  end: (server: RedisServer) => Promise<unknown>,
];

const setting = (name: string, bad: string, good: string): [Trouble[2], Trouble[3]] => [
  ({ client }) => client.config('SET', name, bad),
  ({ client }) => client.config('SET', name, good),
];

const troubles: Trouble[] = [
  ['has no memory left', 'target.out_of_memory', ...setting('maxmemory', '1', '0')],
  ['has too few replicas', 'endpoint.too_few_replicas', ...setting('min-replicas-to-write', '1', '0')],
  ['does not answer for a second', null, (server) => server.kill('SIGSTOP'), (server) => server.kill('SIGCONT')],
  [
    'lets the engine do nothing',
    'endpoint.no_permission',
    ({ client }) => client.call('ACL', 'SETUSER', 'default', '-@write', '+config'),
    ({ client }) => client.call('ACL', 'SETUSER', 'default', '+@all'),
  ],
];

describe.each(targets)('one server of %s', (_, canRun, open) => {
  describe.skipIf(!canRun)('that is in trouble', { timeout: 90_000 }, () => {
    test.each(troubles)('%s: the others may go on, and every effect is there once', async (__, code, begin, end) => {
      const [source, target] = await Promise.all([startRedis(), open()]);
      await seedMixed(source.client, { keys: 500 });
      const run = new Migration({ source, target });
      await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 30_000 });
      const writer = await startWriter(source.url, { rate: 1_000 });
      const [ill] = target.servers.slice(1);
      for (let n = 0; n < 2; n++) {
        await begin(ill as RedisServer);
        const before = run.codes().length;
        const isTold = () => code === null || run.codes().slice(before).includes(code);
        await waitFor(isTold, { deadlineMs: 20_000, what: `${code} in ${run.codes()}` });
        await new Promise((resolve) => setTimeout(resolve, 900));
        await end(ill as RedisServer);
        await run.caughtUp(source).catch(() => {});
      }
      await writer.stop();
      await run.caughtUp(source);
      const look = async () =>
        compareDumps(await dumpAll(source.client), await target.dump(), {
          ignore: (key) => key.startsWith('0 cf:'),
          ttlToleranceMs: 0,
        });
      // A key may expire between two looks: the last one counts.
      let last: Difference[] = [];
      const isSame = async () => {
        last = await look();
        return last.length === 0;
      };
      await waitFor(isSame, { deadlineMs: 20_000, everyMs: 200 }).catch(() => {});
      expect(last.slice(0, 5)).toEqual([]);
      await run.stop();
    });
  });
});

describe('an engine that stands still', { timeout: 90_000 }, () => {
  test('until its source has given it up goes on where it was', async () => {
    const [source, target] = await Promise.all([startRedis({ args: ['--repl-timeout', '3'] }), startCluster()]);
    await seedMixed(source.client, { keys: 500 });
    const dir = tempDir('state');
    const ferry = await spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
    await caughtUp(source, dir, { deadlineMs: 30_000 });
    const writer = await startWriter(source.url, { rate: 500 });
    for (let n = 0; n < 2; n++) {
      ferry.signal('SIGSTOP');
      const isAlone = async () => (await source.info('replication')).connected_slaves === '0';
      await waitFor(isAlone, { deadlineMs: 30_000, what: 'the source to give the engine up' });
      ferry.signal('SIGCONT');
      await waitFor(async () => !(await isAlone()), { deadlineMs: 30_000, what: 'the engine to come back' });
    }
    await writer.stop();
    await caughtUp(source, dir, { deadlineMs: 30_000 });
    await expectEqualSoon(source, target);
    expect(Number((await source.info('stats')).sync_full)).toBe(1);
    await ferry.stop();
  });
});
