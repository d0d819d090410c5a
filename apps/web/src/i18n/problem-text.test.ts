import { expect, test } from 'vitest';
import { titleOfCode } from './problem-text.ts';
import problems from './data/problems-zh.json';

test('a code without a case of it is said as a sentence, in either language', () => {
  expect(titleOfCode('twemproxy.stray_key', undefined)).toMatch(/^[A-Z…].* /);
  expect(titleOfCode('endpoint.auth_failed', undefined)).toBe('… refused the user or password');
  expect(titleOfCode('endpoint.auth_failed', problems)).toContain('…');
  expect(titleOfCode('endpoint.auth_failed', problems)).not.toContain('{');
});

test('a code that is newer than the page stays as it is', () => {
  expect(titleOfCode('newer.code', undefined)).toBeUndefined();
  expect(titleOfCode('toString', problems)).toBeUndefined();
});
