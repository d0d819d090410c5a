import type { ListQuery } from '@cacheferry/contract';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageRequest, readNames, type Sorts, toPage } from './paging.ts';
import type { SortValue } from './store/page.ts';

const sorts: Sorts = { name: 'text', size: 'number', at: 'time' };
const id = '0190a000-0000-7000-8000-000000000001';
const query = (more: Partial<ListQuery> = {}): ListQuery => ({ limit: 2, ...more });
const refused = { code: 'request.invalid' };

describe('a cursor', () => {
  const cursorOf = (sort: string, field: string, value: SortValue): string => {
    const request = pageRequest(query({ sort, limit: 1 }), sorts, 'name');
    const row = { id, [field]: value };
    return toPage({ rows: [row, row], total: 2 }, request, (one) => one).nextCursor ?? '';
  };

  test('leads back to the value and the id of the last row', () => {
    const time = fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), time, fc.boolean(), (name, size, at, isDescending) => {
        const values = { name: name.replaceAll('\0', ''), size, at };
        for (const [field, value] of Object.entries(values)) {
          const sort = `${isDescending ? '-' : ''}${field}`;
          const request = pageRequest(query({ sort, cursor: cursorOf(sort, field, value) }), sorts, 'name');
          expect(request.after).toEqual({ value, id });
        }
      }),
    );
  });

  test('keeps an empty value', () => {
    const request = pageRequest(query({ sort: 'at', cursor: cursorOf('at', 'at', null) }), sorts, 'name');
    expect(request.after).toEqual({ value: null, id });
  });

  const written = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each([
    ['noise', '%%%'],
    ['another sort', written(['-name', 'a', id])],
    ['no id', written(['name', 'a', 'drop table'])],
    ['a value of another kind', written(['name', 7, id])],
    ['a text with NUL', written(['name', 'a\0', id])],
    ['too few parts', written(['name', 'a'])],
    ['no list', written({ name: 'a' })],
  ])('with %s is refused', (_, cursor) => {
    expect(() => pageRequest(query({ cursor }), sorts, 'name')).toThrow(expect.objectContaining(refused));
  });

  test('never gives anything but an answer or a refusal', () => {
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        try {
          expect(pageRequest(query({ cursor }), sorts, 'name').after).not.toBeUndefined();
        } catch (error) {
          expect(error).toMatchObject(refused);
        }
      }),
    );
  });
});

describe('a page', () => {
  test('has a cursor only when more follow', () => {
    const request = pageRequest(query(), sorts, '-at');
    const rows = [1, 2, 3].map((n) => ({ id: `${id.slice(0, -1)}${n}`, at: new Date(n) }));
    expect(toPage({ rows, total: 3 }, request, ({ at }) => at.getTime())).toMatchObject({ items: [1, 2], total: 3 });
    expect(toPage({ rows, total: 3 }, request, String).nextCursor).not.toBeNull();
    expect(toPage({ rows: rows.slice(0, 2), total: 2 }, request, String).nextCursor).toBeNull();
  });

  test('is sorted as asked, or as the list usually is', () => {
    expect(pageRequest(query(), sorts, '-at').sort).toEqual({ field: 'at', isDescending: true });
    expect(pageRequest(query({ sort: 'size' }), sorts, '-at').sort).toEqual({ field: 'size', isDescending: false });
    for (const sort of ['secret', 'constructor', '__proto__'])
      expect(() => pageRequest(query({ sort }), sorts, '-at')).toThrow(expect.objectContaining(refused));
  });

  test('looks for words, not for blanks', () => {
    expect(pageRequest(query({ q: '  a b ' }), sorts, 'at').q).toBe('a b');
    expect(pageRequest(query({ q: '   ' }), sorts, 'at').q).toBeNull();
    expect(pageRequest(query({ q: 'a\0' }), sorts, 'at').q).toBe('a\\x00');
  });
});

test('names in a list are known ones', () => {
  expect(readNames('b, a', ['a', 'b'], 'state')).toEqual(['b', 'a']);
  expect(readNames(undefined, ['a'], 'state')).toBeNull();
  expect(() => readNames('a,c', ['a'], 'state')).toThrow(
    expect.objectContaining({ ...refused, facts: { path: 'state', message: 'it can hold a' } }),
  );
});
