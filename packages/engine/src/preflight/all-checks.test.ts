import { expect, test } from 'vitest';
import { allChecks } from './all-checks.ts';

const outcomes = allChecks.flatMap((check) =>
  Object.entries(check.outcomes).map(([code, texts]) => ({ id: check.id, code, ...texts })),
);

test('every check stands once per scope', () => {
  const names = allChecks.map(({ id, scope }) => `${id} ${scope}`);
  expect(new Set(names).size).toBe(names.length);
});

test('the area of an id is its scope, but for the ones that both ends share', () => {
  const odd = allChecks.filter(
    ({ id, scope }) => !id.startsWith(`${scope}.`) && !/^(net|file|predict|fence|reverse)\./.test(id),
  );
  expect(odd.map(({ id }) => id)).toEqual([]);
});

test('everything that does not pass says what to do, and no text ends in a half sentence', () => {
  const mute = outcomes.filter(({ status, fix = '' }) => status !== 'pass' && !/\.$/.test(fix));
  expect(mute.map(({ id, code }) => `${id} ${code}`)).toEqual([]);
});

test('every check can pass', () => {
  const never = allChecks.filter((check) => Object.values(check.outcomes).every(({ status }) => status !== 'pass'));
  expect(never).toEqual([]);
});
