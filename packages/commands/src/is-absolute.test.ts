import { describe, expect, test } from 'vitest';
import { canBeAbsolute, isAbsolute } from './is-absolute.ts';
import type { CommandSpec } from './command-spec.ts';
import { commandOf } from './lookup.ts';
import { isWrite } from './is-write.ts';

const argv = (text: string) => text.split(' ').map((word) => Buffer.from(word));

const absolute = [
  'SET k v',
  'set k NX',
  'SET k v KEEPTTL',
  'SET k v PXAT 1700000000000',
  'SET k v exat 1700000000',
  'MSET a 1 b 2',
  'SETRANGE k 5 x',
  'SETBIT k 7 1',
  'HSET k f v',
  'HMSET k f v',
  'HDEL k f',
  'SADD k m',
  'SREM k m',
  'ZADD k 1 nx',
  'ZADD k CH 1 m',
  'ZREM k m',
  'DEL a b',
  'UNLINK a',
  'PERSIST k',
  'PFADD k a',
  'HPEXPIREAT k 1700000000000 FIELDS 1 f',
  'RESTORE k 0 payload REPLACE ABSTTL',
  'RESTORE k 0 payload ABSTTL REPLACE FREQ 3',
];

const guarded = [
  'SET k v NX',
  'SET k v XX',
  'SET k v GET',
  'SET k v PX 100',
  'SET k v EX 100',
  'SET k v KEEPTTL nx',
  'SET k v IFEQ x',
  'ZADD k NX 1 m',
  'ZADD k CH GT 1 m',
  'ZADD k INCR 1 m',
  'RESTORE k 0 payload REPLACE',
  'RESTORE k 0 payload ABSTTL',
  'RESTORE REPLACE 0 ABSTTL',
  'HPEXPIREAT k 1700000000000 GT FIELDS 1 f',
  'PEXPIREAT k 1700000000000',
  'EXPIRE k 10',
  'INCR k',
  'APPEND k v',
  'LPUSH k v',
  'RPOP k',
  'SPOP k',
  'XADD k * a b',
  'RENAME a b',
  'COPY a b',
  'SUNIONSTORE d a b',
  'EVAL x 0',
  'GETDEL k',
  'HINCRBY k f 1',
  'BITFIELD k SET u8 0 1',
  'LSET k 0 v',
  'FLUSHALL',
  'NOSUCH k',
];

describe('a command that may be replayed', () => {
  test.each(absolute)('%s', (text) => {
    expect(isAbsolute(argv(text))).toBe(true);
    expect(isWrite(argv(text))).toBe(true);
  });
});

describe('a command that must be committed with a checkpoint', () => {
  test.each(guarded)('%s', (text) => {
    expect(isAbsolute(argv(text))).toBe(false);
    expect(isWrite(argv(text))).toBe(true);
  });
});

test.each(['GET k', 'PING', 'XREAD STREAMS k 0', 'EVAL_RO x 0', 'SORT_RO k', 'SCRIPT LOAD x'])(
  '%s writes nothing',
  (text) => {
    expect(isWrite(argv(text))).toBe(false);
  },
);

test.each(absolute)('a form of the command of %s is absolute', (text) => {
  expect(canBeAbsolute(commandOf(argv(text)) as CommandSpec)).toBe(true);
});

test.each(['INCR k', 'LPUSH k v', 'PEXPIREAT k 1'])('no form of the command of %s is absolute', (text) => {
  expect(canBeAbsolute(commandOf(argv(text)) as CommandSpec)).toBe(false);
});
