import { expect, test } from 'vitest';
import { errorCatalogue } from './catalogue.ts';
import { FerryError, fill, toFerryError } from './ferry-error.ts';

test.each(Object.entries(errorCatalogue))('%s says what happened and what to do', (code, spec) => {
  expect(code).toMatch(/^[a-z]+\.[a-z_]+$/);
  expect(spec.title).toMatch(/^[A-Z{].*[^.]$/s);
  expect(spec.fix).toMatch(/^[A-Z{].*[^\s]$/s);
  expect(spec.http).toBeGreaterThanOrEqual(400);
});

test('facts fill the texts, a name without a fact stays', () => {
  expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}');
  const error = new FerryError('endpoint.unreachable', { endpoint: '10.0.0.5:6379', reason: 'refused' });
  expect(error.message).toBe('10.0.0.5:6379 cannot be reached: refused');
});

test('a foreign error keeps its causes as detail', () => {
  const error = toFerryError(new Error('outer', { cause: new Error('inner') }));
  expect(error.code).toBe('internal.unexpected');
  expect(error.detail).toBe('outer: inner');
});
