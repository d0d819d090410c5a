import fs from 'node:fs';
import path from 'node:path';
import { Secret } from '@cacheferry/kernel';
import { tempDir } from '@cacheferry/testkit';
import { describe, expect, test } from 'vitest';
import { findSecretKey, keyedHash } from './secret-key.ts';

describe('the secret key', () => {
  test('is made once, and readable by its owner only', () => {
    const file = path.join(tempDir('key'), 'secret.key');
    const key = findSecretKey(null, file);
    expect(key).toHaveLength(32);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(findSecretKey(null, file)).toEqual(key);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['secret.key']);
  });

  test('that is given wins, and no file is made', () => {
    const file = path.join(tempDir('key'), 'secret.key');
    const given = Buffer.alloc(32, 7);
    expect(findSecretKey(new Secret(given.toString('base64')), file)).toEqual(given);
    expect(fs.existsSync(file)).toBe(false);
  });

  test('that others can read is refused', () => {
    const file = path.join(tempDir('key'), 'secret.key');
    findSecretKey(null, file);
    fs.chmodSync(file, 0o644);
    expect(() => findSecretKey(null, file)).toThrow(expect.objectContaining({ code: 'config.unsafe_file' }));
  });

  test.each(['', 'short', `${'A'.repeat(44)}`, Buffer.alloc(31).toString('base64')])('is not "%s"', (text) => {
    const file = path.join(tempDir('key'), 'secret.key');
    fs.writeFileSync(file, text, { mode: 0o600 });
    expect(() => findSecretKey(null, file)).toThrow(expect.objectContaining({ code: 'start.bad_key_file' }));
  });

  test('makes hashes that another key does not make', () => {
    const [one, other] = [keyedHash(Buffer.alloc(32, 1)), keyedHash(Buffer.alloc(32, 2))];
    expect(one('a')).toBe(one('a'));
    expect(one('a')).not.toBe(other('a'));
    expect(one('a')).not.toBe(one('b'));
  });
});
