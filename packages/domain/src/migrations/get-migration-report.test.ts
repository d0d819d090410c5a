import { expect, test } from 'vitest';
import { staysOf } from './get-migration-report.ts';

test('a stay lasts until the next change of state, and the last one until now', () => {
  const change = { id: 1, from: null, event: 'start', by: 'operator', reason: null };
  const history = [
    { ...change, at: '2026-01-01T00:00:10.000Z', to: 'queued' as const },
    { ...change, at: '2026-01-01T00:00:12.000Z', to: 'starting' as const },
  ];
  const createdAt = new Date('2026-01-01T00:00:00.000Z');
  const stays = staysOf({ createdAt }, history, Date.parse('2026-01-01T00:01:12.000Z'));
  expect(stays.map(({ state, seconds }) => [state, seconds])).toEqual([
    ['draft', 10],
    ['queued', 2],
    ['starting', 60],
  ]);
  expect(stays.at(-1)?.to).toBeNull();
});
