import { type RedisServer, seedMixed, startCluster, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from './migration.ts';

afterEach(() => stopEverything());

type Pair = { source: RedisServer; target: RedisServer; run: Migration };

/** A run that follows its source, signed in at the target as a user of its own. */
async function livePair(args: readonly string[] = []): Promise<Pair> {
  const acl = ['user mover on >pw ~* &* +@all'];
  const [source, target] = await Promise.all([startRedis(), startRedis({ args, acl })]);
  await seedMixed(source.client, { keys: 300 });
  const run = new Migration({ source, target: { url: target.url.replace('://', '://mover:pw@') } });
  await run.caughtUp(source);
  return { source, target, run };
}

const reported = (run: Migration, code: string) =>
  waitFor(() => run.codes().includes(code), { deadlineMs: 20_000, what: `${code} in ${run.codes()}` });

/** Adds to a counter and a list: what is lost or doubled shows. */
async function count(server: RedisServer, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await server.client.multi().incr('n').rpush('l', n).exec();
}

const setUser = (server: RedisServer, ...rules: string[]) => server.client.call('ACL', 'SETUSER', 'mover', ...rules);

describe('a target whose user is changed while the migration runs', () => {
  test.each([
    ['gets another password', ['resetpass', '>other'], ['resetpass', '>pw'], 'endpoint.auth_failed'],
    ['may write no more', ['-@write'], ['+@all'], 'endpoint.no_permission'],
    ['may not reach the keys any more', ['resetkeys', '~cf:*'], ['~*'], 'endpoint.no_permission'],
    ['is switched off', ['off'], ['on'], 'endpoint.auth_failed'],
  ])('%s: it says so, waits, and goes on when that is mended', async (...[, lose, mend, code]) => {
    const { source, target, run } = await livePair();
    await setUser(target, ...lose);
    if (code === 'endpoint.auth_failed') await target.client.client('KILL', 'USER', 'mover');
    await count(source, 50);
    await reported(run, code);
    expect(await target.client.exists('n')).toBe(0);
    await setUser(target, ...mend);
    await run.caughtUp(source);
    await expectEqual(source, target);
    await run.stop();
  });
});

describe('a target that evicts', () => {
  test('says so, with the number of keys', async () => {
    const { target, run } = await livePair();
    for (let n = 0; n < 200; n++) await target.client.set(`cache:${n}`, 'x'.repeat(10_000), 'EX', 3_600);
    // The watch looks each five seconds, and counts from its first look on.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await target.client.config('SET', 'maxmemory-policy', 'volatile-random');
    await target.client.config('SET', 'maxmemory', Number((await target.info('memory')).used_memory) - 500_000);
    await target.client.set('more', 'x').catch(() => {});
    await reported(run, 'target.evicting');
    await target.client.config('SET', 'maxmemory', 0);
    await run.stop();
  });

  test('the place of the migration ends the run, and never begins it anew', async () => {
    const { source, target, run } = await livePair();
    await count(source, 50);
    await run.caughtUp(source);
    const [key = ''] = await target.client.keys('cf:ck:*');
    await target.client.del(key);
    await count(source, 1);
    await expect(run.end).rejects.toMatchObject({ code: 'target.lost_history' });
    const again = new Migration({ source, target: { url: target.url.replace('://', '://mover:pw@') } }, {}, run.dir);
    await expect(again.end).rejects.toMatchObject({ code: 'target.lost_history' });
    expect(await target.client.get('n')).toBe('50');
  });
});

describe('a target that was replaced', () => {
  test('by another server at its address ends the run before it writes there', async () => {
    const { source, target, run } = await livePair();
    await target.kill();
    const other = await startRedis({ port: target.port, acl: ['user mover on >pw ~* &* +@all'] });
    await other.client.set('of others', '1');
    await count(source, 5);
    await expect(run.end).rejects.toMatchObject({ code: 'target.lost_history' });
    expect(await other.client.keys('*')).toEqual(['of others']);
  });

  test('of a cluster, one node that comes back empty ends the run', async () => {
    const [source, cluster] = await Promise.all([startRedis(), startCluster()]);
    await seedMixed(source.client, { keys: 300 });
    const run = new Migration({ source, target: cluster });
    await run.caughtUp(source);
    await cluster.node(1).server.restart('SIGKILL');
    await cluster.ready();
    for (let n = 0; n < 300; n++) await source.client.incr(`n:${n}`);
    await expect(run.end).rejects.toMatchObject({ code: 'target.lost_history' });
    const { client } = cluster.node(1).server;
    expect((await client.keys('*')).filter((key) => !key.startsWith('cf:'))).toEqual([]);
  });

  test('of a cluster, one node that is flushed ends the run', async () => {
    const [source, cluster] = await Promise.all([startRedis(), startCluster()]);
    await seedMixed(source.client, { keys: 300 });
    const run = new Migration({ source, target: cluster });
    await run.caughtUp(source);
    await cluster.node(1).server.client.flushall();
    for (let n = 0; n < 300; n++) await source.client.incr(`n:${n}`);
    await expect(run.end).rejects.toMatchObject({ code: 'target.lost_history' });
  });
});

describe('a command that the target does not take', () => {
  test.each([
    ['by the length of a string', (value: string) => ['SET', 'big', value]],
    ['by what it would become', (value: string) => ['APPEND', 'half', value.slice(0, 700_000)]],
    [
      'in a transaction',
      (value: string) => ['EVAL', "redis.call('SET','big',ARGV[1]) redis.call('INCR','n')", '0', value],
    ],
  ])('%s is named with its key, and everything else arrives', async (_, command) => {
    const [source, target] = await Promise.all([startRedis(), startRedis({ args: ['--proto-max-bulk-len', '1mb'] })]);
    await source.client.set('half', 'x'.repeat(700_000));
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    const [name = '', ...args] = command('v'.repeat(2_000_000));
    await source.client.call(name, ...args);
    await count(source, 20);
    await run.caughtUp(source);
    expect(await target.client.lrange('l', 0, -1)).toEqual(await source.client.lrange('l', 0, -1));
    const { lost, errors } = await run.status();
    expect(
      Object.values(lost).reduce((sum, one) => sum + one, 0),
      JSON.stringify(errors),
    ).toBe(1);
    await run.stop();
    const named = run.of('log').filter(({ msg }) => msg === 'An element did not arrive');
    expect(named).toMatchObject([{ key: expect.stringMatching(/^(big|half)$/), count: 1 }]);
  });
});
