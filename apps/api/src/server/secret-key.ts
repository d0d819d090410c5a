import { createHmac, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { FerryError, type Secret } from '@cacheferry/kernel';

const keyBytes = 32;

/**
 * The key that seals stored secrets: the given one, or the one in the file, which is made once, whole or not at all, and
 * readable by this user only.
 *
 * Throws `config.unsafe_file` for a file that others can read, `start.bad_key_file` for one that holds no key.
 */
export function findSecretKey(given: Secret | null, file: string): Buffer {
  if (given) return Buffer.from(given.reveal(), 'base64');
  if (!fs.existsSync(file)) makeKey(file);
  const { mode } = fs.statSync(file);
  if (mode & 0o077) throw new FerryError('config.unsafe_file', { file });
  const text = fs.readFileSync(file, 'utf8').trim();
  const key = Buffer.from(text, 'base64');
  if (key.length !== keyBytes || key.toString('base64') !== text) throw new FerryError('start.bad_key_file', { file });
  return key;
}

/** Written beside and linked into place: of two first starts at once one wins, and both read its key. */
function makeKey(file: string): void {
  const draft = `${file}.${process.pid}`;
  const descriptor = fs.openSync(draft, 'w', 0o600);
  fs.writeSync(descriptor, `${randomBytes(keyBytes).toString('base64')}\n`);
  fs.fsyncSync(descriptor);
  fs.closeSync(descriptor);
  try {
    fs.linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** A hash that only this installation can make: what was hashed cannot be guessed from it. */
export function keyedHash(key: Buffer): (text: string) => string {
  const own = createHmac('sha256', key).update('request').digest();
  return (text) => createHmac('sha256', own).update(text).digest('hex');
}
