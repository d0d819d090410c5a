import { describe, expect, test } from 'vitest';
import { createPasswordHasher } from './password-hasher.ts';

const hasher = createPasswordHasher({ costLog2: 4 });

describe('a hashed password', () => {
  test('is found right, and any other wrong', async () => {
    const hash = await hasher.hash('correct horse');
    expect(hash).toMatch(/^scrypt\$4\$/);
    expect(await hasher.verify('correct horse', hash)).toBe(true);
    expect(await hasher.verify('correct hors', hash)).toBe(false);
    expect(await hasher.hash('correct horse')).not.toBe(hash);
  });

  test('keeps its own cost', async () => {
    const hash = await createPasswordHasher({ costLog2: 5 }).hash('correct horse');
    expect(await hasher.verify('correct horse', hash)).toBe(true);
  });

  test.each([null, '', 'plain', 'scrypt$4$', 'scrypt$4$c2FsdA$a2V5'])(
    'that is %s is wrong for every password',
    async (hash) => {
      expect(await hasher.verify('correct horse', hash)).toBe(false);
    },
  );

  test('waits when two are at work', async () => {
    const hash = await hasher.hash('correct horse');
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, n) => hasher.verify(n % 2 ? 'correct horse' : 'x', hash)),
    );
    expect(answers.filter(Boolean)).toHaveLength(4);
  });
});
