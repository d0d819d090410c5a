import { expect, test } from 'vitest';
import { repairPlan } from './repair-plan.ts';

test('what only the target has is removed, an expiry is set, everything else is copied', () =>
  expect(repairPlan({ missing: 1, value: 2, type: 3, group: 4, flags: 5, ttl: 6, extra: 7, unreadable: 8 })).toEqual({
    copy: 15,
    expiry: 6,
    remove: 7,
    unreadable: 8,
  }));

test('without conflicts there is nothing to do', () =>
  expect(repairPlan({})).toEqual({ copy: 0, expiry: 0, remove: 0, unreadable: 0 }));
