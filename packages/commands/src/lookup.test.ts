import { describe, expect, test } from 'vitest';
import { fromCommandInfo } from './from-command-info.ts';
import { commandOf, learnCommand, lookupCommand } from './lookup.ts';

const argv = (...words: string[]) => words.map((word) => Buffer.from(word));

describe('the table of commands', () => {
  test.each([
    ['set', -3, true, 1],
    ['get', 2, false, 1],
    ['del', -2, true, 0],
    ['eval', -3, true, 0],
    ['eval_ro', -3, false, 0],
    ['flushall', -1, true, 0],
    ['hpexpireat', -6, true, 1],
    ['sort', -2, true, 0],
    ['zunionstore', -4, true, 0],
    ['xreadgroup', -7, true, 0],
    ['delifeq', 3, true, 1],
  ])('%s: arity %i, writes %s, only key at %i', (name, arity, isWrite, keyAt) => {
    expect(lookupCommand(name)).toMatchObject({ arity, isWrite, keyAt });
  });

  test.each([
    [argv('SET', 'k', 'v'), 'set'],
    [argv('xgroup', 'CREATE', 'k', 'g', '0'), 'xgroup|create'],
    [argv('OBJECT', 'freq', 'k'), 'object|freq'],
    [argv('XGROUP'), 'xgroup'],
    [argv('XGROUP', 'NONSENSE', 'k'), 'xgroup'],
  ])('%s is %s', (list, name) => {
    expect(commandOf(list)?.name).toBe(name);
  });

  test('knows nothing of an unknown or empty command', () => {
    expect(commandOf(argv('NOSUCH', 'k'))).toBeUndefined();
    expect(commandOf([])).toBeUndefined();
  });

  test('learns a command from what a server says about it, and keeps those it knows', () => {
    const row = ['JSON.SET', -4, [Buffer.from('write'), 'denyoom'], 1, 1, 1, ['@write']];
    const spec = fromCommandInfo(row);
    if (spec) learnCommand(spec);
    expect(lookupCommand(Buffer.from('json.set'))).toMatchObject({
      isWrite: true,
      arity: -4,
      keyAt: 1,
      group: 'module',
    });
    learnCommand({ ...(lookupCommand('get') as NonNullable<typeof spec>), isWrite: true });
    expect(lookupCommand('get')?.isWrite).toBe(false);
  });

  test.each([[null], [[]], ['text'], [['a', 1]]])('learns nothing from %j', (row) => {
    expect(fromCommandInfo(row)).toBeUndefined();
  });
});
