import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeCollection, plainTypes, RdbFileEncoder } from '@cacheferry/rdb';
import {
  hasServer,
  type RedisServer,
  type ServerVersion,
  startRedis,
  stopEverything,
  tempDir,
} from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from '../migration.ts';

afterAll(() => stopEverything());

const passed = Date.UTC(2021, 0);
const later = Date.UTC(2100, 0);
const bytes = (text: string) => Buffer.from(text);

type Case = { key: string; lines: string[] };

/** What follows in the log on a hash of which the RDB has field `f` passed, `g` without an expiry, `l` to come. */
const ofFields: readonly string[] = [
  '',
  'HINCRBY @ f 1',
  'HINCRBYFLOAT @ f 1.5',
  'HINCRBY @ g 1',
  'HINCRBY @ l 1',
  'HSET @ f 6',
  'HMSET @ f 6 g 2',
  'HSETNX @ f 7',
  'HSETNX @ g 7',
  'HDEL @ f',
  'HDEL @ g l',
  'HPERSIST @ FIELDS 1 f',
  'HPERSIST @ FIELDS 3 f g l',
  `HPEXPIREAT @ ${later} FIELDS 1 f`,
  `HPEXPIREAT @ ${passed} FIELDS 1 g`,
  `HPEXPIREAT @ ${passed + 1_000} FIELDS 2 f g`,
  ...['NX', 'XX', 'GT', 'LT'].map((condition) => `HPEXPIREAT @ ${later} ${condition} FIELDS 3 f g l`),
  `HSETEX @ KEEPTTL FIELDS 1 f 9`,
  `HSETEX @ PXAT ${later} FIELDS 1 f 9`,
  `HSETEX @ FXX KEEPTTL FIELDS 1 f 9`,
  `HSETEX @ FNX PXAT ${later} FIELDS 1 f 9`,
  'RENAME @ @:new',
  'COPY @ @:new',
  `PEXPIREAT @ ${later}`,
  'DEL @',
  'SET @ 1',
  'HSET @ f 6;HINCRBY @ f 1',
  'HINCRBY @ f 1;HSET @ f 6',
  'HINCRBY @ f 1;HPERSIST @ FIELDS 1 f',
  `HINCRBY @ f 1;HPEXPIREAT @ ${later} FIELDS 1 f`,
  `HINCRBYFLOAT @ f 2;HPEXPIREAT @ ${later} NX FIELDS 1 f`,
  `HPERSIST @ FIELDS 1 f;HPEXPIREAT @ ${later} NX FIELDS 1 f`,
  `HPEXPIREAT @ ${later} FIELDS 1 f;HINCRBY @ f 1`,
  `HPEXPIREAT @ ${later} FIELDS 1 f;HPERSIST @ FIELDS 1 f`,
  'HDEL @ f;HINCRBY @ f 1',
  'HDEL @ f;HSETNX @ f 1',
  'HDEL @ g l',
  'HDEL @ g l;HINCRBY @ f 1',
  'HDEL @ g l;HSET @ f 1',
  'RENAME @ @:new;HINCRBY @:new f 1',
  `RENAME @ @:new;HPEXPIREAT @:new ${later} FIELDS 1 f`,
  `COPY @ @:new;HPERSIST @:new FIELDS 1 f;HSET @ f 3`,
  'DEL @;HINCRBY @ f 1',
  'DEL @;HSETNX @ f 1',
  'SADD S:@ 1;RENAME S:@ @',
  'HINCRBY @ f 1;HSETNX @ f 9',
  `HPEXPIREAT @ ${passed} FIELDS 2 g none;HINCRBY @ g 5;HPEXPIREAT @ ${later} FIELDS 1 g`,
  `HPEXPIREAT @ ${passed} FIELDS 2 g none;HINCRBY @ none 5;HPEXPIREAT @ ${later} NX FIELDS 1 none`,
];

/** What follows on a key of each type whose own expiry has passed. */
const ofKeys: readonly string[] = [
  '',
  'INCR string:@',
  'INCRBYFLOAT string:@ 1.5',
  'APPEND string:@ 1',
  'SETRANGE string:@ 0 7',
  'SETBIT string:@ 1 1',
  'SETNX string:@ 8',
  'SET string:@ 8 KEEPTTL',
  `SET string:@ 8 PXAT ${later}`,
  'GETSET string:@ 8',
  'PERSIST string:@',
  `PEXPIREAT string:@ ${later}`,
  `PEXPIREAT string:@ ${passed}`,
  'RENAME string:@ string:@:new',
  'COPY string:@ string:@:new',
  'INCR string:@;PERSIST string:@',
  'APPEND string:@ 1;RENAME string:@ string:@:new',
  'DEL string:@;INCR string:@',
  'HSET hash:@ a 1',
  'HINCRBY hash:@ a 1',
  'HINCRBY hash:@ a 1;PERSIST hash:@',
  'HDEL hash:@ a',
  'HDEL hash:@ a;HSET hash:@ a 2',
  'LPUSH list:@ x',
  'RPUSH list:@ x;PERSIST list:@',
  'LPOP list:@',
  'LPOP list:@;LPUSH list:@ y',
  'RPUSHX list:@ x',
  'SADD set:@ x',
  'SADD set:@ x;PERSIST set:@',
  'SREM set:@ a;SADD set:@ b',
  'ZADD zset:@ 1 x',
  'ZINCRBY zset:@ 1 a;PERSIST zset:@',
  'SUNIONSTORE set:@:new set:@',
  'RPOPLPUSH list:@ list:@:new',
];

const head = { db: 0, idleSeconds: -1, freq: -1 } as const;

function hashBody(): Buffer {
  const field = (name: string, value: string, expireAtMs: number) => ({
    field: bytes(name),
    value: bytes(value),
    expireAtMs,
  });
  const fields = [field('f', '5', passed), field('g', '1', -1), field('l', '3', later)];
  return encodeCollection({ type: 'hash', fields }, plainTypes.redisHash);
}

const a = bytes('a');
const bodies: readonly (readonly [type: string, number: number, body: Buffer])[] = [
  ['string', 0, encodeCollection({ type: 'string', text: bytes('5') }, 0)],
  ['list', 1, encodeCollection({ type: 'list', items: [a] }, 1)],
  ['set', 2, encodeCollection({ type: 'set', items: [a] }, 2)],
  ['zset', 5, encodeCollection({ type: 'zset', members: [{ member: a, score: 1 }] }, 5)],
  ['hash', 4, encodeCollection({ type: 'hash', fields: [{ field: a, value: bytes('4'), expireAtMs: -1 }] }, 4)],
];

/** Each follows on keys of its own: so one log has them all. */
const casesOf = (all: readonly string[], name: string): Case[] =>
  all.map((text, n) => {
    const key = `${name}${n}`;
    const lines = text.split(';').filter((line) => line !== '');
    return { key, lines: lines.map((line) => line.replaceAll('@', key)) };
  });

function preamble(fields: readonly Case[], keys: readonly Case[]): Buffer {
  const rdb = new RdbFileEncoder('REDIS', fields.length > 0 ? 12 : 10);
  for (const { key } of fields)
    rdb.key({ ...head, key: bytes(key), type: plainTypes.redisHash, value: hashBody(), expireAtMs: -1 });
  for (const { key } of keys)
    for (const [name, type, value] of bodies)
      rdb.key({ ...head, key: bytes(`${name}:${key}`), type, value, expireAtMs: passed });
  rdb.end();
  return rdb.take();
}

const encoded = (line: string): string => {
  const words = line.split(' ');
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
};

/** A folder from which a server loads that RDB and the commands behind it; the URL of it. */
function write(base: Buffer, lines: readonly string[]): { dir: string; url: string } {
  const dir = tempDir('log');
  const folder = path.join(dir, 'appendonlydir');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'appendonly.aof.1.base.rdb'), base);
  writeFileSync(path.join(folder, 'appendonly.aof.1.incr.aof'), ['SELECT 0', ...lines].map(encoded).join(''));
  const parts = ['file appendonly.aof.1.base.rdb seq 1 type b', 'file appendonly.aof.1.incr.aof seq 1 type i'];
  writeFileSync(path.join(folder, 'appendonly.aof.manifest'), `${parts.join('\n')}\n`);
  return { dir, url: `aof:${folder}` };
}

const load = (version: ServerVersion, dir: string): Promise<RedisServer> =>
  startRedis({ version, args: ['--appendonly', 'yes', '--dir', dir] });

describe.each(['redis@7.0', 'redis@8.0', 'valkey@8.1'] as const)(
  'an AOF that begins with an RDB, as %s loads it',
  (version) => {
    test.each([
      ['whole', {}],
      ['in small batches', { batch: 1 }],
    ])('what has passed before the commands behind it, %s', { timeout: 60_000 }, async (_, options) => {
      if (!(await hasServer(version))) return;
      const fields = version === 'redis@8.0' ? casesOf(ofFields, 'h') : [];
      const keys = casesOf(ofKeys, 'k');
      const { dir, url } = write(
        preamble(fields, keys),
        [...fields, ...keys].flatMap(({ lines }) => lines),
      );
      const target = await startRedis({ version });
      const { snapshot } = await new Migration(
        { source: { url }, target },
        { options: { accept: ['command'], ...options } },
      ).end;
      expect([snapshot.state, snapshot.lost]).toEqual(['completed', {}]);
      const real = await load(version, dir);
      await expectEqual(real, target);
      await real.stop();
      await target.stop();
    });
  },
);

test('a field that has passed in the RDB at the beginning of an AOF, for a target without expiries of fields', {
  timeout: 60_000,
}, async () => {
  if (!(await hasServer('redis@8.0'))) return;
  const fields = casesOf(ofFields, 'h');
  const { dir, url } = write(
    preamble(fields, []),
    fields.flatMap(({ lines }) => lines),
  );
  const target = await startRedis();
  const run = new Migration({ source: { url }, target }, { options: { accept: ['field_ttl', 'command'] } });
  expect((await run.end).snapshot.state).toBe('completed');
  const real = await load('redis@8.0', dir);
  const found: Record<string, unknown> = {};
  const wanted: Record<string, unknown> = {};
  for (const { key, lines } of fields)
    for (const name of [key, `${key}:new`]) {
      const title = [name, ...lines].join(' ; ');
      if ((await real.client.type(name)) === 'string') continue;
      found[title] = await target.client.hgetall(name).catch(String);
      wanted[title] = await real.client.hgetall(name).catch(String);
    }
  expect(found).toEqual(wanted);
  await real.stop();
  await target.stop();
});
