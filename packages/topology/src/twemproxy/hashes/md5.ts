import { hash } from 'node:crypto';
import type { KeyHash } from './key-hash.ts';

/** The first four bytes of the MD5. */
export const md5: KeyHash = (bytes, start, end) => hash('md5', bytes.subarray(start, end), 'buffer').readUInt32LE(0);
