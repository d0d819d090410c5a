import { describe, expect, test } from 'vitest';
import { noSecrets } from './address/address.ts';
import { endpointFaults, endpointFields, endpointInput } from './endpoint-fields.ts';

describe('an endpoint', () => {
  test('is sent as its name, its address and what was typed of secrets', () => {
    const fields = endpointFields({ name: ' orders ', url: 'redis+sentinel://me@h:1/main' });
    expect(endpointInput({ ...fields, secrets: { ...noSecrets, sentinelPassword: 'canary', token: 'none' } })).toEqual({
      name: 'orders',
      url: 'redis+sentinel://me@h:1/main',
      sentinelPassword: 'canary',
    });
  });
  test.each([
    ['no name', { name: ' ', url: 'redis://h' }, ['name']],
    ['nothing', undefined, ['name', 'host']],
    ['a good one', { name: 'a', url: 'redis://h' }, []],
  ])('%s', (_, saved, fields) =>
    expect(endpointFaults(endpointFields(saved)).map(({ field }) => field)).toEqual(fields),
  );
});
