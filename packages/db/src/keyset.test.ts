import { expect, test } from 'vitest';
import { keyset, likeText } from './keyset.ts';

const request = { limit: 2, sort: { field: 'at', isDescending: true }, after: { value: 5, id: 'b' }, q: null };

test.each([
  ['without a beginning', { ...request, after: null }, {}],
  ['after a value', request, { OR: [{ at: { lt: 5 } }, { at: 5, id: { lt: 'b' } }, { at: null }] }],
  ['after an empty value', { ...request, after: { value: null, id: 'b' } }, { at: null, id: { lt: 'b' } }],
  ['by the unique column', { ...request, sort: { field: 'id', isDescending: false } }, { id: { gt: 'b' } }],
])('a page %s', (_, given, where) => {
  expect(keyset(given, ['at']).where).toEqual(where);
  expect(keyset(given, ['at']).take).toBe(3);
});

test('signs of LIKE are letters', () => {
  expect(likeText('50%_\\')).toBe('50\\%\\_\\\\');
});
