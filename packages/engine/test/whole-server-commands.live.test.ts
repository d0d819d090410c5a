import {
  type RedisServer,
  spawnFerry,
  startCluster,
  startRedis,
  startWriter,
  stopEverything,
  tempDir,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { caughtUp, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

const library = (answer: number) => `#!lua name=lib\nredis.register_function('f', function() return ${answer} end)`;

/** What concerns a whole server or database, and writes between; each is followed by counting. */
const steps: readonly (readonly [name: string, act: (server: RedisServer) => Promise<unknown>])[] = [
  ['FLUSHDB', (server) => server.connect({ db: 2 }).flushdb()],
  ['FLUSHDB ASYNC', (server) => server.connect({ db: 3 }).flushdb('ASYNC')],
  ['SWAPDB of the first', ({ client }) => client.swapdb(0, 1)],
  ['SWAPDB of others', ({ client }) => client.swapdb(2, 3)],
  ['a library', ({ client }) => client.call('FUNCTION', 'LOAD', library(1))],
  ['its next version', ({ client }) => client.call('FUNCTION', 'LOAD', 'REPLACE', library(2))],
  ['FLUSHALL', ({ client }) => client.flushall()],
  ['SWAPDB in a transaction', ({ client }) => client.multi().incr('n').swapdb(0, 3).incr('n').exec()],
  ['FLUSHALL in a transaction', ({ client }) => client.multi().incr('n').flushall().incr('n').exec()],
  ['the end of the library', ({ client }) => client.call('FUNCTION', 'DELETE', 'lib')],
  ['another library', ({ client }) => client.call('FUNCTION', 'LOAD', library(3))],
];

/** Adds to a counter and a list in some databases: what is lost or doubled shows. */
async function count(server: RedisServer): Promise<void> {
  for (const db of [0, 1, 2, 3]) {
    const client = server.connect({ db });
    await client.multi().incr('n').rpush('l', db).incrby(`own:${db}`, 3).exec();
    client.disconnect();
  }
}

const functionsOf = ({ client }: RedisServer) => client.call('FUNCTION', 'LIST', 'WITHCODE');

async function expectSame(source: RedisServer, target: RedisServer): Promise<void> {
  await expectEqualSoon(source, target);
  expect(await functionsOf(target)).toEqual(await functionsOf(source));
}

describe('commands about a whole server', () => {
  test.each(steps)('%s is carried in its order', async (_, act) => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    if (act === steps[5]?.[1] || act === steps[9]?.[1]) await source.client.call('FUNCTION', 'LOAD', library(1));
    await count(source);
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    await count(source);
    await act(source);
    await count(source);
    await run.caughtUp(source);
    await expectSame(source, target);
    const { errors, lost } = await run.status();
    expect([errors, lost]).toEqual([{}, {}]);
    await run.stop();
  });

  test('are carried once, though the engine is killed behind each', { timeout: 120_000 }, async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const writer = await startWriter(source.url, { rate: 200 });
    const dir = tempDir('state');
    const start = () => spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
    let ferry = await start();
    await caughtUp(source, dir, { deadlineMs: 30_000, what: ferry.stderr });
    for (const [n, [, act]] of steps.entries()) {
      if (n % 2 > 0) await caughtUp(source, dir, { deadlineMs: 30_000, what: ferry.stderr });
      await count(source);
      await act(source);
      await count(source);
      await ferry.stop();
      ferry = await start();
    }
    await writer.stop();
    await caughtUp(source, dir, { deadlineMs: 30_000, what: `the target to catch up: ${ferry.stderr}` });
    await expectSame(source, target);
    expect(Number((await source.info('stats')).sync_full)).toBe(1);
    await ferry.stop();
  });

  test('that a cluster has no form for end the run by name, and nothing behind them is written', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    await source.client.set('before', '1');
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    await source.client.swapdb(0, 1);
    await source.client.set('behind', '1');
    await expect(run.end).rejects.toMatchObject({ code: 'endpoint.no_such_database', facts: { db: 1 } });
    expect(await target.client.mget('before')).toEqual(['1']);
    expect(await target.client.exists('behind')).toBe(0);
  });
});
