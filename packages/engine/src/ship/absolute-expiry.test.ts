import { CommandScanner, encodeCommand } from '@cacheferry/resp';
import { describe, expect, test } from 'vitest';
import { absoluteExpiry } from './absolute-expiry.ts';
import { ArgumentView } from './argument-view.ts';

const receivedAtMs = 1_000_000;
const held = 9_000_000;

function rewrite(command: string, { heldUntilMs = 0, hasSetPxat = true } = {}): string | null {
  const scanner = new CommandScanner();
  const bytes = encodeCommand(command.split(' '));
  scanner.next(bytes, 0);
  const place = (_key: Buffer, atMs: number) => (atMs <= heldUntilMs ? atMs + held : atMs);
  const context = { receivedAtMs, dialect: { hasSetPxat }, heldUntilMs, place, hold: () => null };
  const commands = absoluteExpiry(new ArgumentView(scanner).open(bytes), context);
  return commands && commands.map((words) => words.map(String).join(' ')).join(' | ');
}

describe('an expiry that counts from now becomes a point in time', () => {
  test.each([
    ['SET k v EX 100', 'SET k v PXAT 1100000'],
    ['set k v px 1500', 'SET k v PXAT 1001500'],
    ['SET k v NX EX 100', 'SET k v PXAT 1100000'],
    ['SET k v KEEPTTL xx', 'SET k v KEEPTTL'],
    ['SETEX k 10 v', 'SET k v PXAT 1010000'],
    ['PSETEX k 10 v', 'SET k v PXAT 1000010'],
    ['EXPIRE k 10', 'PEXPIREAT k 1010000'],
    ['PEXPIRE k 10', 'PEXPIREAT k 1000010'],
    ['GETEX k EX 10', 'PEXPIREAT k 1010000'],
    ['GETEX k PXAT 77', 'PEXPIREAT k 77'],
    ['GETEX k PERSIST', 'PERSIST k'],
    ['HPEXPIRE k 10 FIELDS 1 f', 'HPEXPIREAT k 1000010 FIELDS 1 f'],
    ['HEXPIRE k 10 FIELDS 1 f', 'HPEXPIREAT k 1010000 FIELDS 1 f'],
  ])('%s → %s', (command, wanted) => expect(rewrite(command)).toBe(wanted));
});

describe('what is right already is sent as it is', () => {
  test.each([
    ['SET k v'],
    ['SET k v KEEPTTL'],
    ['SET k v PXAT 2000000'],
    ['PEXPIREAT k 2000000'],
    ['EXPIREAT k 2000'],
    ['EXPIRE k soon'],
    ['SET k v EX'],
    ['SET k v XX PXAT 9007199254740993'],
  ])('%s', (command) => expect(rewrite(command)).toBeNull());
});

describe('a condition of a replicated SET is met and left out', () => {
  test.each([
    ['SET k v XX', 'SET k v'],
    ['SET k v nx GET', 'SET k v'],
    ['SET k v GET PXAT 2000000 XX', 'SET k v PXAT 2000000'],
    ['SET k v IFEQ PX KEEPTTL', 'SET k v KEEPTTL'],
    ['SET k v ifdne EX', 'SET k v'],
  ])('%s → %s', (command, wanted) => expect(rewrite(command)).toBe(wanted));
});

test('a condition of a replicated PEXPIREAT is met and left out', () => {
  expect(rewrite('PEXPIREAT k 2000000 GT')).toBe('PEXPIREAT k 2000000');
});

describe('MSETEX becomes a SET for each key', () => {
  test.each([
    ['MSETEX 2 a 1 b 2 PXAT 2000000 NX', 'SET a 1 PXAT 2000000 | SET b 2 PXAT 2000000'],
    ['msetex 1 a PX ex 10', 'SET a PX PXAT 1010000'],
    ['MSETEX 2 a 1 b 2 keepttl xx', 'SET a 1 keepttl | SET b 2 keepttl'],
    ['MSETEX 1 a 1', 'SET a 1'],
    ['MSETEX 1 a 1 PXAT 1500', `SET a 1 PXAT ${held + 1500}`],
    ['MSETEX 2 a 1 b', null],
    ['MSETEX x a 1', null],
  ])('%s → %s', (command, wanted) => expect(rewrite(command, { heldUntilMs: 2_000 })).toBe(wanted));
});

describe('a target before 6.2 gets the expiry apart from the value', () => {
  test.each([
    ['SET k v PXAT 2000000', 'SET k v | PEXPIREAT k 2000000'],
    ['SET k v EXAT 2000', 'SET k v | PEXPIREAT k 2000000'],
    ['SETEX k 10 v', 'SET k v | PEXPIREAT k 1010000'],
  ])('%s → %s', (command, wanted) => expect(rewrite(command, { hasSetPxat: false })).toBe(wanted));
});

describe('an expiry that comes near is placed elsewhere', () => {
  test.each([
    ['SET k v PXAT 1500', `SET k v PXAT ${held + 1500}`],
    ['PEXPIREAT k 1500', `PEXPIREAT k ${held + 1500}`],
    ['EXPIREAT k 1', `PEXPIREAT k ${held + 1000}`],
    ['EXPIRE k 1', 'PEXPIREAT k 1001000'],
  ])('%s → %s', (command, wanted) => expect(rewrite(command, { heldUntilMs: 2_000 })).toBe(wanted));
});
