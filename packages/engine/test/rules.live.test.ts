import type { MigrationOptionsInput } from '@cacheferry/contract';
import { type RedisServer, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from './migration.ts';

afterEach(() => stopEverything());

/** Every key of every database as `db key`, bookkeeping of migrations left out. */
async function keysOf({ client }: RedisServer): Promise<string[]> {
  const found: string[] = [];
  const info = await client.info('keyspace');
  for (const [, db = ''] of info.matchAll(/^db(\d+):/gm)) {
    await client.select(Number(db));
    found.push(...(await client.keys('*')).map((key) => `${db} ${key}`));
  }
  await client.select(0);
  return found.filter((key) => !key.startsWith('0 cf:')).sort();
}

async function seed({ client }: RedisServer): Promise<void> {
  await client.mset('user:1', 'a', 'user:2', 'b', 'cart:1', 'c', 'tmp:1', 'd', 'big', 'x'.repeat(5_000));
  await client.set('user:9', 'short', 'EX', 50);
  await client.set('later', 'long', 'EX', 5_000);
  await client.rpush('list', 'a', 'b');
  await client.hset('hash', 'f', 'v');
  await client.zadd('zset', 1, 'm');
  await client.select(3);
  await client.mset('user:1', 'three', 'other', 'three');
  await client.select(0);
}

const inZero = ['big', 'cart:1', 'hash', 'later', 'list', 'tmp:1', 'user:1', 'user:2', 'user:9', 'zset'];
const without = (...keys: string[]) => inZero.filter((key) => !keys.includes(key)).map((key) => `0 ${key}`);

describe('a full sync under rules', () => {
  test.each<[string, MigrationOptionsInput, string[], { from?: string; to?: string }?]>([
    ['a glob', { filter: ['user:*'] }, ['0 user:1', '0 user:2', '0 user:9', '3 user:1']],
    ['two globs', { filter: ['user:1', 'c?rt:*'] }, ['0 cart:1', '0 user:1', '3 user:1']],
    [
      'a regular expression',
      { filter: ['regex:^(user|cart):[12]$'] },
      ['0 cart:1', '0 user:1', '0 user:2', '3 user:1'],
    ],
    [
      'what is left out',
      { filter: ['db:0'], exclude: ['user:*', 'tmp:*'] },
      without('user:1', 'user:2', 'user:9', 'tmp:1'),
    ],
    ['types', { filter: ['type:list,hash'] }, ['0 hash', '0 list']],
    ['what is no string', { exclude: ['type:string'] }, ['0 hash', '0 list', '0 zset']],
    ['databases', { filter: ['db:3'] }, ['3 other', '3 user:1']],
    ['the database of the URL', {}, ['3 other', '3 user:1'], { from: '/3' }],
    ['the databases of both URLs', {}, ['5 other', '5 user:1'], { from: '/3', to: '/5' }],
    ['little time to live', { filter: ['db:0'], exclude: ['ttl:<60'] }, without('user:9')],
    ['any time to live', { filter: ['ttl:>0'] }, ['0 later', '0 user:9']],
    ['no time to live', { filter: ['ttl:none', 'db:0'] }, without('user:9', 'later')],
    ['size', { filter: ['db:0'], exclude: ['size:>200'] }, without('big')],
    ['a database elsewhere', { filter: ['db:3'], dbMap: ['3:7'] }, ['7 other', '7 user:1']],
    ['another beginning', { filter: ['db:3'], keyPrefix: ['user:member'] }, ['3 member:1', '3 other']],
    ['a beginning before all', { filter: ['db:3'], keyPrefix: [':t1/'] }, ['3 t1/other', '3 t1/user:1']],
  ])('copies by %s', async (_, options, expected, { from = '', to = '' } = {}) => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seed(source);
    const ends = { source: { ...source, url: source.url + from }, target: { ...target, url: target.url + to } };
    const migration = new Migration(ends, { mode: 'full', options });
    expect((await migration.end).outcome).toBe('completed');
    expect(await keysOf(target)).toEqual(expected.sort());
  });

  test('moves and caps expiries', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seed(source);
    const options = { ttlShiftMs: 100_000, ttlCapMs: 1_000_000 };
    await new Migration({ source, target }, { mode: 'full', options }).end;
    const before = await source.client.pexpiretime('user:9');
    expect(await target.client.pexpiretime('user:9')).toBe(before + 100_000);
    expect(await target.client.ttl('later')).toBeLessThanOrEqual(1_000);
    expect(await target.client.ttl('big')).toBe(-1);
  });
});

describe('an incremental sync under rules', () => {
  const options = { filter: ['in*'], exclude: ['in:secret'], keyPrefix: ['in:now'], dbMap: ['1:4'] };

  test('follows what is in scope, under its names and databases', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await target.client.mset('foreign', 'stays', 'out:1', 'stays');
    const migration = new Migration({ source, target }, { options: { ...options, onConflict: 'overwrite' } });
    await migration.caughtUp(source);
    const client = source.connect();
    await client.mset('in:1', 'a', 'out:1', 'b', 'in:2', 'c');
    await client.set('in:3', 'd', 'EX', 1_000);
    await client.set('in:secret', 'no');
    await client.multi().incr('in:n').incr('out:n').rpush('in:list', 'x', 'y').exec();
    await client.rename('in:2', 'in:renamed');
    await client.rename('in:1', 'out:gone');
    await client.smove('out:none', 'in:none', 'm');
    await client.sadd('in:set', 'a', 'b');
    await client.smove('in:set', 'out:set', 'a');
    await client.smove('out:set', 'in:other', 'a');
    await client.lmove('in:list', 'out:list', 'LEFT', 'RIGHT');
    await client.del('out:1', 'in:none');
    await client.select(1);
    await client.hset('in:hash', 'f', 'v');
    await client.select(0);
    await client.copy('in:n', 'in:moved');
    await client.move('in:moved', 1);
    await migration.caughtUp(source);
    const expected = ['0 foreign', '0 now:3', '0 now:list', '0 now:n', '0 now:other', '0 now:renamed', '0 now:set'];
    expect(await keysOf(target)).toEqual([...expected, '0 out:1', '4 now:hash', '4 now:moved'].sort());
    expect(await target.client.lrange('now:list', 0, -1)).toEqual(['y']);
    expect(await target.client.get('now:renamed')).toBe('c');
    expect(await target.client.pexpiretime('now:3')).toBe(await source.client.pexpiretime('in:3'));
    expect(migration.codes()).toEqual([]);
    await migration.stop();
  });

  test('a flush removes what is in scope, and nothing else', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await source.client.mset('in:1', 'a', 'out:1', 'b');
    await target.client.mset('foreign', 'x', 'out:1', 'x');
    const migration = new Migration({ source, target }, { options: { filter: ['in*'], onConflict: 'overwrite' } });
    await migration.caughtUp(source);
    const client = source.connect();
    for (let n = 0; n < 3_000; n++) await client.set(`in:${n}`, 'x');
    await client.select(2);
    await client.set('in:two', 'x');
    await client.flushdb();
    await migration.caughtUp(source);
    expect(await target.client.dbsize()).toBe(3_000 + 2 + 1);
    await client.set('in:two', 'again');
    await client.flushall();
    await client.set('in:after', 'y');
    await migration.caughtUp(source);
    expect(await keysOf(target)).toEqual(['0 foreign', '0 out:1', '2 in:after']);
    const { dir } = migration;
    await migration.stop();
    const resumed = new Migration({ source, target }, { options: { filter: ['in*'], onConflict: 'overwrite' } }, dir);
    await client.incr('in:n');
    await resumed.caughtUp(source);
    expect(await keysOf(target)).toEqual(['0 foreign', '0 out:1', '2 in:after', '2 in:n']);
    await resumed.stop();
  });

  test('a flush that a rule leaves out does nothing', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await source.client.set('kept', 'x');
    const migration = new Migration({ source, target }, { options: { exclude: ['cmd:FLUSHALL,FLUSHDB'] } });
    await migration.caughtUp(source);
    await source.client.flushall();
    await source.client.flushdb();
    await source.client.set('after', 'y');
    await migration.caughtUp(source);
    expect(await keysOf(target)).toEqual(['0 after', '0 kept']);
    await migration.stop();
    const left = migration.of('log').flatMap((event) => (event as { command?: string }).command ?? []);
    expect(left).toEqual(['FLUSHALL', 'FLUSHDB']);
  });

  test('keys that are made of others outside of the rules arrive as the source has them', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const rules = { filter: ['in*'], keyPrefix: ['in:now:'] };
    const migration = new Migration({ source, target }, { options: rules });
    await migration.caughtUp(source);
    const { client } = source;
    await client.sadd('out', 'a', 'b');
    await client.sadd('inset', 'c');
    await client.sunionstore('inunion', 'inset', 'out');
    await client.sadd('inunion', 'later');
    await client.set('out:text', 'moved', 'EX', 5_000);
    await client.rename('out:text', 'intext');
    await client.rpush('out:list', '1', '2', '3');
    await client.rpush('inlist', '0');
    for (let n = 0; n < 3; n++) await client.rpoplpush('out:list', 'inlist');
    await client.multi().set('out:n', '5').copy('out:n', 'inn', 'REPLACE').incr('inn').exec();
    await migration.caughtUp(source);
    expect((await target.client.smembers('now:union')).sort()).toEqual(['a', 'b', 'c', 'later']);
    expect(await target.client.get('now:text')).toBe('moved');
    expect(await target.client.pexpiretime('now:text')).toBe(await client.pexpiretime('intext'));
    expect(await target.client.lrange('now:list', 0, -1)).toEqual(['1', '2', '3', '0']);
    expect(await target.client.get('now:n')).toBe('6');
    const { errors, lost } = await migration.status();
    expect([errors, lost]).toEqual([{ 'filter.partial': 6 }, {}]);
    await migration.stop();
  });

  test('a swap that joins databases in and out of scope ends the run', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const migration = new Migration({ source, target }, { options: { filter: ['db:0'] } });
    await migration.caughtUp(source);
    await source.client.set('k', 'v');
    await source.client.swapdb(0, 1);
    await expect(migration.end).rejects.toMatchObject({ code: 'filter.cannot_follow', facts: { command: 'SWAPDB' } });
  });
});
