import type { RdbEntry } from '@cacheferry/rdb';
import type { OutputBuffer } from './output-buffer.ts';
import { writePlainString } from './plain-string.ts';

/**
 * Plain strings need no RESTORE. `group`: many that have no expiry go together · `single`: each by a command of its own.
 * `over`: over what is there; else only new keys are written.
 */
export type StringWriting = {
  by: 'group' | 'single';
  over: boolean;
  /** What begins before that byte of the RDB may be there already: it is written by RESTORE, and compared. */
  from: number;
  /** Whether the target knows SET with PXAT. */
  hasExpiry: boolean;
};

const heads = {
  setnx: Buffer.from('*3\r\n$5\r\nSETNX\r\n'),
  set: Buffer.from('*3\r\n$3\r\nSET\r\n'),
  expiringNew: Buffer.from('*6\r\n$3\r\nSET\r\n'),
  expiring: Buffer.from('*5\r\n$3\r\nSET\r\n'),
};
const expiryWord = Buffer.from('$4\r\nPXAT\r\n');
const newWord = Buffer.from('$2\r\nNX\r\n');

/**
 * Writes a plain string by a command of its own: `SETNX key value` or `SET key value PXAT time NX` where only a new key is
 * written (answered by 0 or null when it is there), `SET` without NX over what is there. `expiry`: Unix milliseconds, 0 for
 * none; `isInArena`: as of `writePlainString`. A target takes it in two thirds of the time of RESTORE.
 */
export function writeSet(
  out: OutputBuffer,
  entry: RdbEntry,
  { isNew, expiry, isInArena }: { isNew: boolean; expiry: number; isInArena: boolean },
): void {
  if (expiry === 0) {
    out.raw(isNew ? heads.setnx : heads.set);
    return writePlainString(out, entry, isInArena);
  }
  out.raw(isNew ? heads.expiringNew : heads.expiring);
  writePlainString(out, entry, isInArena);
  out.raw(expiryWord);
  out.bulkNumber(expiry);
  if (isNew) out.raw(newWord);
}
