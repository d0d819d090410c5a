import { describe, expect, test } from 'vitest';
import { createPasswordHasher } from './password-hasher.ts';

describe('a password', () => {
  test('is stored as Argon2id and found again', async () => {
    const hasher = createPasswordHasher();
    const stored = await hasher.hash('correct horse battery');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
    expect(await hasher.verify('correct horse battery', stored)).toBe(true);
    expect(await hasher.verify('correct horse batterY', stored)).toBe(false);
  });

  test('of an unknown user is never right', async () => {
    const hasher = createPasswordHasher();
    expect(await hasher.verify('anything at all', null)).toBe(false);
  });

  test('typed with another composition of its characters is the same', async () => {
    const hasher = createPasswordHasher();
    expect(await hasher.verify('schl\u0075\u0308ssel', await hasher.hash('schl\u00fcssel'))).toBe(true);
  });
});
