import { randomBytes } from 'node:crypto';
import type { MigrationOptionsInput } from '@cacheferry/contract';
import { type RedisServer, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { asAddress, check } from './open-check.ts';

let source: RedisServer;
let target: RedisServer;

beforeAll(async () => {
  [source, target] = await Promise.all([startRedis(), startRedis()]);
});
afterEach(() => Promise.all([source.client.flushall(), target.client.flushall()]));
afterAll(() => stopEverything());

type Line = [db: number, ...command: string[]];

async function run({ client }: RedisServer, lines: readonly Line[]): Promise<void> {
  for (const [db, command = '', ...args] of lines) {
    await client.select(db);
    await client.call(command, ...args);
  }
  await client.select(0);
}

const later = '4102444800000';
const inScope: MigrationOptionsInput = { filter: ['in*'] };
const named: MigrationOptionsInput = { filter: ['in*'], keyPrefix: ['in:now:'], dbMap: ['1:4'] };

test.each(['full', 'length', 'keys'] as const)(
  'in mode %s a key that expires on the target before its time is none that is missing',
  async (mode) => {
    const rules = { ttlShiftMs: -7_200_000 };
    const inAnHour = String(Date.now() + 3_600_000);
    await run(source, [[0, 'SET', 'a', 'x', 'PXAT', inAnHour]]);
    expect((await check(asAddress(source), asAddress(target), { mode, rules })).brief).toEqual([]);
    if (mode !== 'full') return;
    await run(target, [[0, 'SET', 'a', 'x', 'PXAT', inAnHour]]);
    expect((await check(asAddress(source), asAddress(target), { mode, rules })).brief).toEqual(['0 a extra']);
  },
);

test('a big key that expires on the target before its time is none that is missing', async () => {
  const rules = { ttlShiftMs: -7_200_000 };
  await source.client.set('big', randomBytes(9_000_000), 'PX', 3_600_000);
  expect((await check(asAddress(source), asAddress(target), { rules })).brief).toEqual([]);
});

describe.each(['full', 'length', 'keys'] as const)('a check of mode %s under rules', (mode) => {
  test.each<[string, MigrationOptionsInput, Line[], Line[], string[]]>([
    [
      'passes over what is not in scope',
      inScope,
      [
        [0, 'SET', 'in', 'a'],
        [0, 'SET', 'out', 'a'],
      ],
      [
        [0, 'SET', 'in', 'a'],
        [0, 'SET', 'foreign', 'x'],
      ],
      [],
    ],
    [
      'finds what is missing',
      inScope,
      [
        [0, 'SET', 'in', 'a'],
        [0, 'SET', 'in2', 'a'],
      ],
      [[0, 'SET', 'in', 'a']],
      ['0 in2 missing'],
    ],
    [
      'finds what only the target has',
      inScope,
      [[0, 'SET', 'in', 'a']],
      [
        [0, 'SET', 'in', 'a'],
        [0, 'SET', 'in2', 'a'],
        [0, 'SET', 'x', 'a'],
      ],
      ['0 in2 extra'],
    ],
    [
      'knows keys under their names and databases',
      named,
      [
        [0, 'SET', 'in1', 'a'],
        [1, 'HSET', 'in2', 'f', 'v'],
      ],
      [
        [0, 'SET', 'now:1', 'a'],
        [4, 'HSET', 'now:2', 'f', 'v'],
      ],
      [],
    ],
    [
      'names them as on the source',
      named,
      [
        [1, 'SET', 'in1', 'a'],
        [1, 'RPUSH', 'in2', 'a'],
      ],
      [
        [1, 'SET', 'in1', 'a'],
        [4, 'RPUSH', 'now:9', 'a'],
      ],
      ['1 in1 missing', '1 in2 missing', '1 in9 extra'],
    ],
    [
      'judges by the type',
      { filter: ['type:hash'] },
      [
        [0, 'HSET', 'h', 'f', 'v'],
        [0, 'SET', 's', 'a'],
        [0, 'HSET', 'g', 'f', 'v'],
      ],
      [[0, 'HSET', 'h', 'f', 'v']],
      ['0 g missing'],
    ],
    [
      'finds what has left the scope by its type',
      { filter: ['type:hash'] },
      [
        [0, 'SET', 'was', 'a'],
        [0, 'HSET', 'h', 'f', 'v'],
      ],
      [
        [0, 'HSET', 'was', 'f', 'v'],
        [0, 'HSET', 'h', 'f', 'v'],
      ],
      ['0 was extra'],
    ],
    [
      'passes over what is there because it had longer to live',
      { filter: ['ttl:>1h'] },
      [[0, 'SET', 'a', 'x', 'EX', '600']],
      [[0, 'SET', 'a', 'x', 'EX', '600']],
      [],
    ],
    [
      'finds what is missing and had long enough to live',
      { filter: ['ttl:>1h'] },
      [[0, 'SET', 'a', 'x', 'EX', '7200']],
      [],
      ['0 a missing'],
    ],
    [
      'judges by size',
      { exclude: ['size:>100'] },
      [
        [0, 'SET', 'big', 'x'.repeat(200)],
        [0, 'SET', 'small', 'x'],
      ],
      [[0, 'SET', 'small', 'x']],
      [],
    ],
    [
      'judges by time to live',
      { filter: ['ttl:none'] },
      [
        [0, 'SET', 'a', 'x', 'PXAT', later],
        [0, 'SET', 'b', 'x'],
      ],
      [[0, 'SET', 'b', 'x']],
      [],
    ],
    [
      'looks into all databases that became one',
      { dbMap: ['*:0'] },
      [
        [0, 'SET', 'a', 'x'],
        [3, 'SET', 'b', 'x'],
      ],
      [[0, 'MSET', 'a', 'x', 'b', 'x']],
      [],
    ],
    [
      'tells what none of them has',
      { dbMap: ['*:0'] },
      [[3, 'SET', 'b', 'x']],
      [[0, 'MSET', 'a', 'x', 'b', 'x']],
      ['3 a extra'],
    ],
    [
      'knows both kinds of keys that got the same beginning',
      { keyPrefix: ['old:new:'] },
      [[0, 'MSET', 'old1', 'x', 'new:2', 'x']],
      [[0, 'MSET', 'new:1', 'x', 'new:2', 'x']],
      [],
    ],
  ])('%s', async (_, rules, ...[onSource, onTarget, conflicts]) => {
    await Promise.all([run(source, onSource), run(target, onTarget)]);
    const { brief, result } = await check(asAddress(source), asAddress(target), { mode, rules });
    expect(brief).toEqual(conflicts);
    expect(result.verdict).toBe(conflicts.length === 0 ? 'consistent' : 'inconsistent');
  });
});

describe('a whole check under rules', () => {
  test.each<[string, MigrationOptionsInput, Line, Line, string[]]>([
    ['a value', named, [0, 'SET', 'in1', 'a'], [0, 'SET', 'now:1', 'b'], ['0 in1 value']],
    [
      'a value that is too big to be held',
      named,
      [1, 'SETRANGE', 'in1', '20000000', 'a'],
      [4, 'SETRANGE', 'now:1', '20000000', 'b'],
      ['1 in1 value'],
    ],
    [
      'an equal big value',
      named,
      [1, 'SETRANGE', 'in1', '20000000', 'a'],
      [4, 'SETRANGE', 'now:1', '20000000', 'a'],
      [],
    ],
    [
      'an expiry that was not moved',
      { ttlShiftMs: 5_000 },
      [0, 'SET', 'a', 'x', 'PXAT', later],
      [0, 'SET', 'a', 'x', 'PXAT', later],
      ['0 a ttl'],
    ],
    [
      'an expiry that was moved',
      { ttlShiftMs: 5_000 },
      [0, 'SET', 'a', 'x', 'PXAT', later],
      [0, 'SET', 'a', 'x', 'PXAT', String(Number(later) + 5_000)],
      [],
    ],
    [
      'an expiry that was capped',
      { ttlCapMs: 60_000 },
      [0, 'SET', 'a', 'x', 'PXAT', later],
      [0, 'SET', 'a', 'x', 'EX', '50'],
      [],
    ],
    [
      'an expiry that was not capped',
      { ttlCapMs: 60_000 },
      [0, 'SET', 'a', 'x', 'PXAT', later],
      [0, 'SET', 'a', 'x', 'EX', '90'],
      ['0 a ttl'],
    ],
  ])('%s', async (_, rules, ...[onSource, onTarget, conflicts]) => {
    await Promise.all([run(source, [onSource]), run(target, [onTarget])]);
    expect((await check(asAddress(source), asAddress(target), { rules })).brief).toEqual(conflicts);
  });

  test.each<[string, MigrationOptionsInput, Line, Line, string[]]>([
    ['size', { exclude: ['size:>=100'] }, [0, 'SET', 'a', 'x'.repeat(100)], [0, 'SET', 'a', 'x'], ['0 a extra']],
    [
      'size, when it is too big to be held',
      { exclude: ['size:>1mb'] },
      [0, 'SETRANGE', 'a', '20000000', 'a'],
      [0, 'SETRANGE', 'a', '20000000', 'a'],
      ['0 a extra'],
    ],
    ['expiry', { filter: ['ttl:none'] }, [0, 'SET', 'a', 'x', 'EX', '600'], [0, 'SET', 'a', 'x'], ['0 a extra']],
    [
      'expiry in the other way',
      { filter: ['ttl:<1m'] },
      [0, 'SET', 'a', 'x', 'EX', '600'],
      [0, 'SET', 'a', 'x'],
      ['0 a extra'],
    ],
  ])('finds what has left the scope by its %s', async (_, rules, ...[onSource, onTarget, conflicts]) => {
    await Promise.all([run(source, [onSource]), run(target, [onTarget])]);
    expect((await check(asAddress(source), asAddress(target), { rules })).brief).toEqual(conflicts);
    await check(asAddress(source), asAddress(target), { rules, repair: true });
    expect((await check(asAddress(source), asAddress(target), { rules })).brief).toEqual([]);
    expect(await target.client.exists('a')).toBe(0);
  });

  test.each(['1', '20000000'])(
    'calls nothing missing that may have had too long to live, nor all consistent (%s bytes)',
    async (bytes) => {
      await run(source, [
        [0, 'SETRANGE', 'a', bytes, 'x'],
        [0, 'EXPIRE', 'a', '600'],
      ]);
      const { brief, result } = await check(asAddress(source), asAddress(target), { rules: { filter: ['ttl:<1h'] } });
      expect(brief).toEqual([]);
      expect(result.verdict).toBe('partial');
    },
  );

  test('repairs keys under their names, and leaves alone what is not in scope', async () => {
    await run(source, [
      [1, 'SET', 'in1', 'a'],
      [1, 'SET', 'out', 'a'],
      [0, 'SET', 'in3', 'c'],
    ]);
    await run(target, [
      [4, 'SET', 'now:1', 'b'],
      [4, 'SET', 'now:2', 'x'],
      [4, 'SET', 'foreign', 'x'],
      [0, 'SET', 'now:3', 'c'],
    ]);
    await check(asAddress(source), asAddress(target), { rules: named, repair: true });
    const { brief } = await check(asAddress(source), asAddress(target), { rules: named });
    expect(brief).toEqual([]);
    await target.client.select(4);
    expect(await target.client.get('now:1')).toBe('a');
    expect((await target.client.keys('*')).sort()).toEqual(['foreign', 'now:1']);
    await target.client.select(0);
  });
});
