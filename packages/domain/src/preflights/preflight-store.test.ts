import type { PreflightRow } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { mergeRows } from './preflight-store.ts';

const row = (id: string, scope: string, status: PreflightRow['status']): PreflightRow => ({
  id,
  scope,
  status,
  observed: '',
  expected: '',
  message: '',
  fix: '',
  overridable: false,
});

test('a row takes the place of the earlier one with its id and scope', () => {
  const rows = mergeRows(
    [row('a', 'source', 'fail'), row('b', 'pair', 'pass')],
    [row('a', 'target', 'pass'), row('a', 'source', 'pass')],
  );
  expect(rows.map(({ id, scope, status }) => [id, scope, status])).toEqual([
    ['a', 'source', 'pass'],
    ['b', 'pair', 'pass'],
    ['a', 'target', 'pass'],
  ]);
});
