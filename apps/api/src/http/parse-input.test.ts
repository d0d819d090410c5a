import { ListQuery, LogQuery, MigrationInput, UserInput } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { describe, expect, test } from 'vitest';
import { parseBody, parseQuery } from './parse-input.ts';
import { FieldErrors } from './problem.ts';

const fieldsOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof FerryError && error.cause instanceof FieldErrors) return error.cause.fields;
  }
  return undefined;
};
const pathsOf = (work: () => unknown) => fieldsOf(work)?.map(({ path }) => path);
const migration = { name: 'm', source: { url: 'redis://a' }, target: { url: 'redis://b' } };

describe('a body', () => {
  test('gets its defaults', () => {
    expect(parseBody(MigrationInput, migration)).toMatchObject({ mode: 'sync' });
  });

  test.each([
    ['a field that does not exist', { ...migration, color: 'red' }, ['color']],
    ['one that does not exist further down', { ...migration, options: { batch: 1, colour: 1 } }, ['options.colour']],
    ['a missing one', { name: 'm', source: migration.source }, ['target']],
    ['a wrong one in the branch that was meant', { ...migration, source: { url: '' } }, ['source.url']],
    ['one that is too much in a branch', { ...migration, source: { url: 'redis://a', port: 1 } }, ['source.port']],
    ['another type', 'text', ['']],
    ['null', null, ['']],
    ['a list', [], ['']],
  ])('with %s names it', (_, body, paths) => {
    expect(pathsOf(() => parseBody(MigrationInput, body))).toEqual(expect.arrayContaining(paths));
  });

  test('names every wrong field at once and says what is right', () => {
    const fields = fieldsOf(() => parseBody(UserInput, { username: '', password: 'short', role: 'king' }));
    expect(fields?.map(({ path }) => path)).toEqual(['username', 'password', 'role']);
    expect(fields?.[1]?.message).toMatch(/12/);
    expect(fields?.[2]?.message).toMatch(/viewer.*operator.*admin/);
  });
});

describe('a query', () => {
  test.each([
    [{}, 50],
    [{ limit: '' }, 50],
    [{ limit: '20' }, 20],
    [{ limit: '100000' }, 200],
  ])('%o asks for %i rows of a list', (query, limit) => {
    expect(parseQuery(ListQuery, query).limit).toBe(limit);
  });

  test.each([{ limit: '0' }, { limit: '-1' }, { limit: 'many' }, { sort: 'a;b' }, { q: 'x'.repeat(10_000) }])(
    '%o is refused',
    (query) => {
      expect(pathsOf(() => parseQuery(ListQuery, query))).toEqual([Object.keys(query)[0]]);
    },
  );

  test('of a log may ask for a thousand lines', () => {
    expect(parseQuery(LogQuery, { limit: '1000' }).limit).toBe(1000);
    expect(parseQuery(LogQuery, { limit: '1000000' }).limit).toBe(1000);
  });
});
