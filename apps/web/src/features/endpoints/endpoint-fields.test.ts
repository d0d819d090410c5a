import { describe, expect, test } from 'vitest';
import { endpointFault, takePassword } from './endpoint-fields.ts';

describe('an endpoint', () => {
  test('a password in the address moves to its own field', () =>
    expect(takePassword({ name: 'a', url: 'redis://me:canary@h:1/2', password: '' })).toEqual({
      name: 'a',
      url: 'redis://me@h:1/2',
      password: 'canary',
    }));
  test('an unfinished address is left as it is', () =>
    expect(takePassword({ name: '', url: 'redis:', password: '' }).url).toBe('redis:'));
  test.each([
    ['no name', { name: ' ', url: 'redis://h' }, 'name'],
    ['no address', { name: 'a', url: '' }, 'url'],
    ['no address that can be', { name: 'a', url: 'http://h' }, 'url'],
    ['a good one', { name: 'a', url: 'redis://h' }, undefined],
  ])('%s', (_, fields, field) => expect(endpointFault({ ...fields, password: '' })?.field).toBe(field));
});
