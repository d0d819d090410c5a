import { type Command, hasServer, sendAll, startCluster, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { expectEqualSoon, Migration } from './migration.ts';
import { MovingSlots } from './moving-slots.ts';

afterAll(() => stopEverything());

const library = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";

/** What is there before each command: keys whose names lie in slots of different nodes. */
const before: Command[] = [
  ['SET', 's1', 'one'],
  ['SET', 's2', 'two', 'PX', 3_600_000],
  ['RPUSH', 'l1', 'a', 'b', 'c'],
  ['RPUSH', 'l2', 'x'],
  ['SADD', 'set1', 'a', 'b', 'c', '1'],
  ['SADD', 'set2', 'b', 'c', 'd'],
  ['ZADD', 'z1', '1', 'a', '2.5', 'b'],
  ['ZADD', 'z2', '10', 'b', '3', 'c'],
  ['GEOADD', 'g1', '13.361389', '38.115556', 'p', '15.087269', '37.502669', 'q'],
  ['PFADD', 'h1', 'a', 'b'],
  ['PFADD', 'h2', 'b', 'c'],
  ['SET', 'b1', 'abc'],
  ['SET', 'b2', 'xyzw'],
  ['XADD', 'x1', '1-1', 'f', 'v'],
  ['XGROUP', 'CREATE', 'x1', 'g', '0'],
  ['RPUSH', 'ids', '1', '2', '3'],
  ['RPUSH', '{ids}', '3', '1', '2', '9'],
  ['HSET', 'h:a', 'w', 'x'],
  ['HSET', 'h:b', 'w', 'z'],
  ['HSET', 'h:c', 'w', 'y'],
  ['MSET', 'w:1', '30', 'w:2', '10', 'w:3', '20', 'name:1', 'one', 'name:2', 'two'],
];

type Form = [name: string, ...commands: Command[]];
const forms: Form[] = [
  ['DEL of several keys', ['DEL', 's1', 's2', 'l1']],
  ['UNLINK of several keys', ['UNLINK', 'z1', 'z2', 'nothing']],
  ['MSET', ['MSET', 's1', 'A', 's2', 'B', 'n1', 'C']],
  ['MSETNX', ['MSETNX', 'n1', 'A', 'n2', 'B']],
  ['TOUCH', ['TOUCH', 's1', 's2']],
  ['SMOVE', ['SMOVE', 'set1', 'set2', 'a']],
  ['RENAME with an expiry', ['RENAME', 's2', 'n1']],
  ['RENAME over another key', ['RENAME', 's1', 'l1']],
  ['RENAMENX', ['RENAMENX', 's1', 'n1']],
  ['COPY', ['COPY', 's2', 'n1']],
  ['RENAME of a stream with a group', ['RENAME', 'x1', 'n1']],
  ['COPY REPLACE', ['COPY', 'set1', 'z1', 'REPLACE']],
  ['COPY REPLACE in its own database', ['COPY', 'set1', 'z1', 'REPLACE', 'DB', '0']],
  ['LMOVE LEFT RIGHT', ['LMOVE', 'l1', 'l2', 'LEFT', 'RIGHT']],
  ['LMOVE RIGHT LEFT', ['LMOVE', 'l1', 'l2', 'RIGHT', 'LEFT']],
  ['RPOPLPUSH of the last element', ['RPOPLPUSH', 'l2', 'l1']],
  ['BRPOPLPUSH', ['BRPOPLPUSH', 'l1', 'l2', '0']],
  ['BLMPOP of several keys', ['BLMPOP', '0', '2', 'nothing', 'l1', 'LEFT', 'COUNT', '2']],
  ['BLMOVE', ['BLMOVE', 'l1', 'n1', 'RIGHT', 'RIGHT', '0']],
  ['SUNIONSTORE', ['SUNIONSTORE', 'n1', 'set1', 'set2']],
  ['SINTERSTORE', ['SINTERSTORE', 'n1', 'set1', 'set2']],
  ['SINTERSTORE of nothing removes the destination', ['SINTERSTORE', 's1', 'set1', 'nothing']],
  ['SDIFFSTORE into one of its keys', ['SDIFFSTORE', 'set1', 'set1', 'set2']],
  ['ZUNIONSTORE with weights', ['ZUNIONSTORE', 'n1', '2', 'z1', 'z2', 'WEIGHTS', '2', '0.5', 'AGGREGATE', 'MAX']],
  ['ZINTERSTORE', ['ZINTERSTORE', 'n1', '2', 'z1', 'z2']],
  ['ZDIFFSTORE', ['ZDIFFSTORE', 'n1', '2', 'z1', 'z2']],
  ['ZRANGESTORE', ['ZRANGESTORE', 'n1', 'z1', '0', '0']],
  ['ZRANGESTORE by score', ['ZRANGESTORE', 'z2', 'z1', '(1', '+inf', 'BYSCORE', 'LIMIT', '0', '5']],
  [
    'GEOSEARCHSTORE STOREDIST',
    ['GEOSEARCHSTORE', 'n1', 'g1', 'FROMMEMBER', 'p', 'BYBOX', '400', '400', 'km', 'STOREDIST'],
  ],
  ['GEOSEARCHSTORE', ['GEOSEARCHSTORE', 'n1', 'g1', 'FROMLONLAT', '15', '37', 'BYRADIUS', '200', 'km']],
  ['GEORADIUS STORE', ['GEORADIUS', 'g1', '15', '37', '200', 'km', 'STORE', 'n1']],
  ['GEORADIUS STOREDIST', ['GEORADIUS', 'g1', '15', '37', '200', 'km', 'STOREDIST', 'n1']],
  ['GEORADIUSBYMEMBER STORE', ['GEORADIUSBYMEMBER', 'g1', 'p', '400', 'km', 'STORE', 'n1']],
  ['BITOP', ['BITOP', 'XOR', 'n1', 'b1', 'b2']],
  ['BITOP NOT', ['BITOP', 'NOT', 'b1', 'b2']],
  ['PFMERGE', ['PFMERGE', 'h1', 'h2']],
  ['PFMERGE into a new key', ['PFMERGE', 'n1', 'h1', 'h2', 'nothing']],
  ['SORT STORE of a part', ['SORT', 'ids', 'LIMIT', '1', '2', 'DESC', 'STORE', 'n1']],
  ['SORT STORE by other keys', ['SORT', 'ids', 'BY', 'w:*', 'GET', '#', 'GET', 'name:*', 'STORE', 'n1']],
  [
    'SORT STORE by a field of a hash',
    ['SORT', 'set1', 'BY', 'h:*->w', 'ALPHA', 'DESC', 'LIMIT', '0', '3', 'STORE', 'n1'],
  ],
  ['SORT STORE in one slot, by others', ['SORT', '{ids}', 'BY', 'w:*', 'STORE', '{ids}:sorted']],
  ['SORT STORE in no order', ['SORT', 'ids', 'BY', 'nosort', 'STORE', 'n1']],
  ['SORT STORE', ['SORT', 'set1', 'ALPHA', 'DESC', 'STORE', 'n1']],
  [
    'a transaction over several slots',
    ['MULTI'],
    ['INCR', 'n1'],
    ['RENAME', 's1', 'n2'],
    ['RPUSH', 'l1', 'd'],
    ['EXEC'],
  ],
  [
    'a script with effects on several keys',
    ['EVAL', "redis.call('INCR', KEYS[1]) redis.call('RPUSH', KEYS[2], 'x')", '2', 'n1', 'l1'],
  ],
  ['messages', ['PUBLISH', 'c', 'm'], ['SPUBLISH', 'c', 'm']],
  ['a library of functions that are all removed', ['FUNCTION', 'LOAD', library], ['FUNCTION', 'FLUSH']],
  ['a library of functions', ['FUNCTION', 'LOAD', library], ['FUNCTION', 'DELETE', 'lib']],
  ['FLUSHALL, and what comes behind it', ['INCR', 'n1'], ['FLUSHALL'], ['INCR', 'n1'], ['SET', 's1', 'new']],
  ['FLUSHDB', ['FLUSHDB', 'ASYNC'], ['RPUSH', 'l1', 'new']],
];

describe('commands whose keys lie in several slots', () => {
  test('do on a cluster, whose slots move, what they did at the source', { timeout: 180_000 }, async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    const keys = [...before.map(([, key]) => String(key)), 'n1', 'n2'];
    const slots = await Promise.all(keys.map(async (key) => Number(await target.client.cluster('KEYSLOT', key))));
    const migration = new Migration({ source, target });
    await migration.caughtUp(source);
    const moves = new MovingSlots(target, slots);
    for (let n = 0; n < 2 * forms.length || moves.count < 16; n++) {
      const [name, ...commands] = forms[n % forms.length] as Form;
      await source.client.flushall();
      await sendAll(source.client, [...before, ...commands]);
      await migration.caughtUp(source);
      // MIGRATE hands over how long a key has left to live: its expiry drifts by some milliseconds with each move.
      await expectEqualSoon(source, target, { ttlToleranceMs: 100 }).catch((error: unknown) => {
        throw new Error(name, { cause: error });
      });
    }
    expect(forms.length).toBeGreaterThanOrEqual(40);
    await moves.stop();
    const { errors } = await migration.status();
    expect(errors).toEqual({});
    await migration.stop();
    const totals = migration.of('done').at(-1)?.totals ?? {};
    const kinds = [
      'split',
      'move-member',
      'copy-key',
      'move-element',
      'destination',
      'all-nodes',
      'flush',
      'transaction',
    ];
    for (const kind of kinds) expect(totals[`rewritten_${kind}`], kind).toBeGreaterThan(0);
  });
});

test('a source that uses another database is refused by name, and with a map its databases are merged', async () => {
  const [source, target] = await Promise.all([startRedis(), startCluster()]);
  await source.connect({ db: 3 }).set('a', '1');
  await expect(new Migration({ source, target }, { mode: 'full' }).end).rejects.toMatchObject({
    code: 'preflight.blocked',
  });
  await new Migration({ source, target }, { mode: 'full', options: { dbMap: ['3:0'] } }).end;
  expect(await target.client.get('a')).toBe('1');
});

test('a copy into a database that a cluster has not goes over no other key', async () => {
  const [source, target] = await Promise.all([startRedis(), startCluster()]);
  await sendAll(source.client, [['MSET', 'a', 'one', 'b', 'two']]);
  const migration = new Migration({ source, target });
  await migration.caughtUp(source);
  await source.client.call('COPY', 'a', 'b', 'REPLACE', 'DB', '1');
  await expect(migration.end).rejects.toMatchObject({ code: 'endpoint.no_such_database', facts: { db: 1 } });
  expect(await target.client.get('b')).toBe('two');
});

test('a cluster of another product and over TLS is written to as well', async ({ skip }) => {
  if (!(await hasServer('valkey@8.1'))) skip();
  const [source, target] = await Promise.all([
    startRedis(),
    startCluster({ version: 'valkey@8.1', tls: true, password: 'p' }),
  ]);
  await sendAll(source.client, before);
  const migration = new Migration({ source, target });
  await migration.caughtUp(source);
  await sendAll(source.client, [
    ['RENAME', 's1', 's3'],
    ['INCR', 'n1'],
  ]);
  await migration.caughtUp(source);
  await expectEqualSoon(source, target);
  await migration.stop();
});
