import { describe, expect, test } from 'vitest';
import { isEnded, isLive, migrationLifecycle, migrationStates, nextState } from './migration-lifecycle.ts';

describe('the lifecycle of a migration', () => {
  test('reaches every state from draft, lost by losing contact', () => {
    const reached = new Set(['draft']);
    for (let grew = true; grew; ) {
      const before = reached.size;
      for (const row of migrationLifecycle) if (reached.has(row.from)) reached.add(row.to);
      grew = reached.size > before;
    }
    expect([...reached].sort()).toEqual([...migrationStates].sort());
  });

  test('has one answer for each state, event and actor', () => {
    const keys = migrationLifecycle.map((row) => `${row.from} ${row.event} ${row.by}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each(migrationStates.filter((state) => isLive(state) && state !== 'stopping' && state !== 'lost'))(
    '%s can stop, fail and be lost',
    (state) => {
      expect(nextState(state, 'stop', 'user')).toBe('stopping');
      expect(nextState(state, 'fail', 'engine')).toBe('failed');
      expect(nextState(state, 'lose', 'supervisor')).toBe('lost');
    },
  );

  test('completed is final', () => {
    expect(migrationLifecycle.filter((row) => row.from === 'completed')).toEqual([]);
    expect(isEnded('completed')).toBe(true);
  });

  test('a pair that is not in the table has no next state', () => {
    expect(nextState('draft', 'pause')).toBeUndefined();
  });
});
