import {
  compareDumps,
  createRandom,
  type Dump,
  dumpAll,
  hasNutcracker,
  type RedisServer,
  spawnFerry,
  startRedis,
  startSentinel,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { type Ends, Migration } from './migration.ts';
import { levelWith, type Pool, startPool } from './pool.ts';
import { churn, expectInScope } from './value-rules.ts';

afterEach(() => stopEverything());

const options = { filter: ['type:hash,list'], exclude: ['size:>150'] };
const flags = ['--filter', 'type:hash,list', '--exclude', 'size:>150'];

/** Changes types, sizes and expiries of few keys through whatever answers, until it is stopped. */
function writing(send: (command: string[]) => Promise<unknown>): () => Promise<void> {
  const random = createRandom(6);
  let isOver = false;
  const once = async () => {
    const key = `k{${random.below(12)}}:${random.below(9)}`;
    const value = 'x'.repeat(random.below(90));
    const field = `f${random.below(5)}`;
    const lines = [
      ['SET', key, value],
      ['DEL', key],
      ['HSET', key, field, value],
      ['RPUSH', key, value],
      ['LPOP', key],
      ['HDEL', key, field],
      ['PEXPIRE', key, String(random.pick([900_000, 60_000]))],
      ['PERSIST', key],
    ];
    // A wrong type, and a primary that is going: neither changes anything.
    await send(random.pick(lines)).catch(() => new Promise((resolve) => setTimeout(resolve, 3)));
  };
  const work = async () => {
    while (!isOver) await Promise.all([once(), once(), once()]);
  };
  const ended = work();
  ended.catch(() => {});
  return async () => {
    isOver = true;
    await ended;
  };
}

/** What is in scope, by what the servers themselves say. */
async function inScope(servers: readonly RedisServer[]): Promise<Dump> {
  const found: Dump = new Map();
  for (const { client } of servers) {
    for (const [name, value] of await dumpAll(client)) {
      const key = name.slice(name.indexOf(' ') + 1);
      if (name.startsWith('0 cf:') || !/hash|list/.test(value.type)) continue;
      const dump = await client.dumpBuffer(key);
      if (dump !== null && dump.length - 11 <= 150) found.set(name, value);
    }
  }
  return found;
}

async function expectSameScope(from: readonly RedisServer[], to: readonly RedisServer[]): Promise<void> {
  const look = async () => {
    const all = await Promise.all(to.map(({ client }) => dumpAll(client)));
    const found: Dump = new Map(all.flatMap((dump) => [...dump]));
    return compareDumps(await inScope(from), found, { ignore: (key) => key.startsWith('0 cf:') });
  };
  await waitFor(async () => (await look()).length === 0, { deadlineMs: 15_000, everyMs: 300 }).catch(() => {});
  expect((await look()).slice(0, 8)).toEqual([]);
}

/** Kills the engine a few times while `meanwhile` goes on. */
async function killing(ends: Ends, dir: string, kills: number): Promise<void> {
  for (let n = 0; n < kills; n++) {
    const ferry = await spawnFerry([
      ...['migrate', '--mode', 'sync', '--state', dir, ...flags],
      ...[ends.source.url, ends.target.url],
    ]);
    const until = performance.now() + 1_200 + n * 300;
    await waitFor(() => !ferry.isRunning || performance.now() > until, { deadlineMs: 30_000 });
    expect(ferry.isRunning, ferry.stderr).toBe(true);
    await ferry.stop();
  }
}

describe('under rules by type and size', { timeout: 180_000 }, () => {
  test('a source behind sentinels is followed over failovers and kills of the engine', async () => {
    const [group, target] = await Promise.all([startSentinel({ replicas: 2 }), startRedis()]);
    const first = await group.primary();
    await churn(first, { seed: 1, commands: 1_500 });
    const ends = { source: group, target };
    const dir = tempDir('state');
    await killing(ends, dir, 1);
    let at: RedisServer = first;
    const stop = writing(([name = '', ...args]) => at.client.call(name, ...args));
    const changing = (async () => {
      at = await group.failover();
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const killed = at;
      at = await group.failover('SIGKILL');
      await killed.start();
    })();
    await Promise.all([killing(ends, dir, 5), changing]);
    const run = new Migration(ends, { options }, dir);
    await stop();
    const primary = await group.primary();
    await run.caughtUp(primary);
    await expectInScope(primary, target, ({ type, bytes }) => /hash|list/.test(type) && bytes <= 150);
    await run.stop();
  });

  const pool = async (): Promise<Pool> => startPool();
  describe.skipIf(!hasNutcracker())('a pool', () => {
    test.each([
      ['one server', async () => startRedis().then((server) => ({ url: server.url, servers: [server] }))],
      ['another pool', async () => startPool({ hash: 'md5' })],
    ] as const)('is followed into %s while it is written to and the engine is killed', async (_, open) => {
      const [source, target] = await Promise.all([pool(), open()]);
      const client = source.proxy.connect('main');
      const stop = writing(([name = '', ...args]) => client.call(name, ...args));
      const dir = tempDir('state');
      await killing({ source, target }, dir, 5);
      const run = new Migration({ source, target }, { options }, dir);
      await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 60_000 });
      await stop();
      await levelWith(run, source.servers);
      await expectSameScope(source.servers, target.servers);
      await run.stop();
    });
  });
});
