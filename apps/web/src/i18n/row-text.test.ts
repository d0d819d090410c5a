import type { PreflightRow } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import phrases from './data/phrases-zh.json';
import preflight from './data/preflight-zh.json';
import problems from './data/problems-zh.json';
import { phraseIn } from './phrases.ts';
import { fillAll, inRows, ownText } from './row-text.ts';

const chinese = { rows: preflight, codes: problems, phrase: phraseIn(phrases) };
const english = { rows: undefined, codes: undefined, phrase: phraseIn({}) };
const row = (more: Partial<PreflightRow>): PreflightRow => ({
  id: 'machine.disk',
  scope: 'machine',
  status: 'warn',
  observed: '1 GiB',
  expected: '3 GiB or more',
  message: 'The spool has 1 GiB of disk, and may need 2 GiB',
  fix: 'Make room.',
  overridable: true,
  code: 'tight',
  facts: { free: '1 GiB', needed: '2 GiB', wanted: '3 GiB', dir: '/d' },
  ...more,
});

test('what was found and wanted stands in the language of the page', () => {
  expect(ownText(row({}), chinese)).toMatchObject({ observed: '1 GiB', expected: '不少于 3 GiB' });
  expect(ownText(row({}), english)).toMatchObject({ observed: '1 GiB', expected: '3 GiB or more' });
});

test('a row of an older engine, without a fact, is shown as it was written', () => {
  const old = row({ facts: { free: '1 GiB', needed: '2 GiB', dir: '/d' } });
  expect(ownText(old, chinese).expected).toBe('3 GiB or more');
});

test('an error of the catalogue is said once, with what was wanted', () => {
  const message = 'h:1 refused user a or its password';
  const failed = row({
    id: 'source.auth',
    code: 'endpoint.auth_failed',
    message,
    observed: message,
    expected: 'signed in',
    facts: { endpoint: 'h:1', user: 'a' },
  });
  expect(ownText(failed, english)).toMatchObject({ message, observed: '', expected: 'signed in' });
  expect(ownText(failed, chinese)).toMatchObject({ observed: '', expected: '已通过认证' });
});

test('facts that are words are words of the page', () => {
  const skewed = row({
    id: 'machine.clock',
    code: 'skewed',
    facts: { a: 'this machine', b: 'h:1', skew: '2 s', skewMs: 2_000 },
  });
  expect(ownText(skewed, chinese).message).toContain('本迁移机');
});

test('what keeps a run from starting is said by its first row', () => {
  const facts = {
    count: 2,
    rows: 'source.auth: h:1 refused the user or password; target.file: /f exists already',
    fixes: 'Correct user and password.',
    check: 'source.auth',
    outcome: 'endpoint.auth_failed',
    endpoint: 'h:1',
  };
  expect(inRows(facts, chinese)).toMatchObject({ rows: expect.stringMatching(/^h:1.*密码.* …$/) });
  expect(inRows(facts, chinese).fixes).not.toContain('Correct');
  expect(inRows(facts, english)).toEqual(facts);
  expect(inRows({ count: 1, rows: 'a: b', fixes: 'c' }, chinese)).toMatchObject({ rows: 'a: b', fixes: 'c' });
});

test('a text that lacks a fact gives way to the text of the server', () => {
  expect(fillAll('{a} 和 {b}', { a: 1, b: 2 }, 'a and b')).toBe('1 和 2');
  expect(fillAll('{a} 和 {b}', { a: 1 }, 'a and b')).toBe('a and b');
});
