import type { PreflightRow } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { blockedBy } from './approve.ts';

const row = (id: string, code: string, more: Partial<PreflightRow>): PreflightRow => ({
  id,
  scope: 'source',
  status: 'fail',
  observed: '',
  expected: '',
  message: `${id} is wrong`,
  fix: `Mend ${id}.`,
  overridable: false,
  code,
  ...more,
});

test('what blocks is named with what to do, and the first row so that it can be said in any language', () => {
  const error = blockedBy([
    row('source.auth', 'endpoint.auth_failed', { facts: { endpoint: 'h:1' } }),
    row('target.role', 'replica', {}),
    row('target.role', 'replica', { scope: 'h:2' }),
  ]);
  expect(error.code).toBe('preflight.blocked');
  expect(error.message).toContain('source.auth: source.auth is wrong; target.role: target.role is wrong');
  expect(error.fix).toContain('Mend source.auth. Mend target.role.');
  expect(error.facts).toMatchObject({
    count: 3,
    check: 'source.auth',
    outcome: 'endpoint.auth_failed',
    endpoint: 'h:1',
  });
});
