import { expect, test } from 'vitest';
import { errorCatalogue } from './catalogue.ts';
import { FerryError, fill, fillSentence, toFerryError } from './ferry-error.ts';

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

test('a sentence groups its large numbers, not its ports', () => {
  const facts = { keys: 1_234_567, port: 16_379, primaryPort: 26_379, share: 1234.5, size: '1024 MiB', few: 999 };
  expect(fillSentence('{keys} {port} {primaryPort} {share} {size} {few}', facts)).toBe(
    '1,234,567 16379 26379 1234.5 1024 MiB 999',
  );
});

test('a word for so many follows its fact', () => {
  const text = '{keys} {keys|key is|keys are} left';
  expect(fill(text, { keys: 1 })).toBe('1 key is left');
  expect(fill(text, { keys: 0 })).toBe('0 keys are left');
  expect(fillSentence(text, { keys: 1_000 })).toBe('1,000 keys are left');
});

test('a foreign error keeps its causes as detail', () => {
  const error = toFerryError(new Error('outer', { cause: new Error('inner') }));
  expect(error.code).toBe('internal.unexpected');
  expect(error.detail).toBe('outer: inner');
});
