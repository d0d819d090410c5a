import { isLive, migrationLifecycle, migrationStates } from '@cacheferry/contract';
import { describe, expect, test } from 'vitest';
import { steeringRules } from './steer-migration.ts';

describe('what may be asked of an engine', () => {
  test.each(Object.entries(steeringRules))('%s is for states in which one runs', (_, { from, done }) => {
    for (const state of [...from, ...done]) expect(isLive(state)).toBe(true);
    for (const state of from) expect(done).not.toContain(state);
    expect([...from, ...done].some((state) => state === 'lost' || state === 'stopping')).toBe(false);
  });

  test('a pause is for the states that the lifecycle lets become paused', () => {
    const rows = migrationLifecycle.filter(({ event }) => event === 'paused').map(({ from }) => from);
    expect([...steeringRules.pause.from].sort()).toEqual(rows.sort());
    expect(migrationStates).toEqual(expect.arrayContaining(rows));
  });
});
