import { fillSentence } from '@cacheferry/kernel';
import { expect, test } from 'vitest';
import { allChecks } from './all-checks.ts';
import { judgeExpired } from './checks/file-expired.ts';

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

test('a fact of 1 is followed by a word in the singular', () => {
  const facts = { count: 1, hashes: 1, keys: 1, expired: 1, replicas: 1, needed: 1, cores: 1, shards: 1, primaries: 1 };
  const said = outcomes.map(({ message }) => fillSentence(message, facts));
  expect(said).toContain('1 library of functions will be copied');
  const numbered = /\b1 (?:\w+ )?(keys|slots|libraries|hashes|replicas|processors|shards|primaries)\b/;
  expect(said.filter((text) => numbered.test(text))).toEqual([]);
  expect(judgeExpired(1, 1).observed).toBe('1 key');
});
