import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

test.each([
  ['a text', (secret: Secret) => `${secret}`],
  ['JSON', (secret: Secret) => JSON.stringify({ secret })],
  ['inspect', (secret: Secret) => inspect({ secret }, { showHidden: true, depth: 9 })],
])('a secret does not show in %s', (_, show) => {
  expect(show(new Secret('hunter2'))).not.toContain('hunter2');
  expect(new Secret('hunter2').reveal()).toBe('hunter2');
});
