import { FerryError } from '@cacheferry/kernel';
import { expect, test } from 'vitest';
import { failureFrom, failureOf, problemOf } from './problem.ts';

test('a failure is shown by the texts of its code', () => {
  const error = new FerryError('endpoint.auth_failed', { endpoint: 'h:1' }, new Error('WRONGPASS'));
  expect(problemOf(failureOf(error))).toMatchObject({
    code: 'endpoint.auth_failed',
    status: 422,
    title: 'h:1 refused the user or password',
    detail: 'WRONGPASS',
    facts: { endpoint: 'h:1' },
  });
});

test('what another process told is taken only as far as it is known, and cut where it is long', () => {
  expect(failureFrom({ code: 'nobody.knows', detail: 'x' })).toMatchObject({
    code: 'internal.unexpected',
    detail: 'nobody.knows: x',
  });
  const odd = failureFrom({
    code: 'target.out_of_memory',
    detail: 'x'.repeat(10_000),
    facts: { endpoint: 'h\0', list: [1] },
  });
  expect(odd.facts).toEqual({ endpoint: 'h\\x00' });
  expect(odd.detail.length).toBeLessThan(4200);
});
