import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { PasswordHasher } from '../ports.ts';

const blockSize = 8;
const keyBytes = 32;

/**
 * Hashes passwords by scrypt, at most two at once, because each takes 128 × 8 × 2^costLog2 bytes of memory.
 *
 * Shape: `scrypt$<log2 N>$<salt>$<key>`, base64url. A stored hash keeps its own cost.
 */
export function createPasswordHasher({ costLog2 = 17, atOnce = 2 } = {}): PasswordHasher {
  const gate = createGate(atOnce);
  const dummy = `scrypt$${costLog2}$${randomBytes(16).toString('base64url')}$${randomBytes(keyBytes).toString('base64url')}`;
  const verify = async (password: string, hash: string | null): Promise<boolean> => {
    const [kind, cost, salt, key] = (hash ?? dummy).split('$');
    if (kind !== 'scrypt' || !cost || !salt || !key) return false;
    const expected = Buffer.from(key, 'base64url');
    const found = await gate(() => derive(password, Buffer.from(salt, 'base64url'), Number(cost)));
    return expected.length === found.length && timingSafeEqual(expected, found) && hash !== null;
  };
  const hash = async (password: string): Promise<string> => {
    const salt = randomBytes(16);
    const key = await gate(() => derive(password, salt, costLog2));
    return `scrypt$${costLog2}$${salt.toString('base64url')}$${key.toString('base64url')}`;
  };
  return { hash, verify };
}

function derive(password: string, salt: Buffer, costLog2: number): Promise<Buffer> {
  const cost = 2 ** costLog2;
  const options = { N: cost, r: blockSize, p: 1, maxmem: 2 * 128 * blockSize * cost };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyBytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

function createGate(atOnce: number) {
  const waiting: (() => void)[] = [];
  let open = atOnce;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (open > 0) open--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else open++;
    }
  };
}
