import { describe, expect, test } from 'vitest';
import { judgeFence } from './checks/fence-available.ts';
import { judgeBandwidth } from './checks/net-bandwidth.ts';
import { judgePlacement } from './checks/pool-placement.ts';
import { mib } from './units.ts';

test.each([
  ['nothing is written', 100 * mib, 0, 'enough'],
  ['half of the line', 100 * mib, 50 * mib, 'enough'],
  ['more than half', 100 * mib, 51 * mib, 'narrow'],
  ['nine tenths', 100 * mib, 90 * mib, 'narrow'],
  ['all of it', 100 * mib, 100 * mib, 'too_narrow'],
])('the line to the source: %s', (_, bandwidth, writes, outcome) => {
  expect(judgeBandwidth(bandwidth, writes).outcome).toBe(outcome);
});

describe('keys of a pool of four servers', () => {
  const at = (strays: number) =>
    Array.from({ length: 100 }, (_, n) => ({ key: Buffer.from(`key:${n}`), at: n < strays ? 1 : 0 }));
  test.each([
    ['all at home', 0, 'right'],
    ['a few left over', 1, 'strays'],
    ['fewer than half of what chance would give', 37, 'strays'],
    ['as a wrong hash has them', 75, 'wrong'],
  ])('%s', (_, strays, outcome) => {
    const found = judgePlacement(at(strays), () => 0, 4);
    expect(found).toMatchObject({ outcome, facts: { sampled: 100, strays, right: 100 - strays } });
  });

  test('those of migrations themselves do not count', () => {
    const own = [{ key: Buffer.from('cf:ck:task'), at: 1 }];
    expect(judgePlacement(own, () => 0, 4)).toMatchObject({ outcome: 'right', facts: { sampled: 0 } });
  });
});

test('a right that is missing is named with the line that allows it', () => {
  const pause = { command: 'client|pause', form: [] };
  const lacks = { user: 'ferry', denied: [pause], unknown: [], keysRefused: false };
  expect(judgeFence({ ...lacks, denied: [] }).outcome).toBe('pause');
  expect(judgeFence(lacks)).toMatchObject({ outcome: 'no_right', facts: { user: 'ferry', allow: '+client|pause' } });
});
