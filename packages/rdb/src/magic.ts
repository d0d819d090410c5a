import { FerryError } from '@cacheferry/kernel';
import type { RdbMagic } from './entry.ts';

export const headerBytes = 9;
/** The newest format of each family whose records are known. */
export const newestVersion = { REDIS: 15, VALKEY: 81 } as const;
const oldestVersion = { REDIS: 1, VALKEY: 80 } as const;
/** The family whose dialect a file or a payload of that version is in. */
export function magicOf(version: number): RdbMagic {
  return version >= oldestVersion.VALKEY ? 'VALKEY' : 'REDIS';
}

const envelopeCodecs = ['none', 'lz4', 'zstd'];

/**
 * Reads the nine bytes that an RDB starts with: `REDIS` and four digits, or `VALKEY` and three.
 *
 * Throws `rdb.bad_magic` for anything else, `rdb.unsupported` for newer versions and for compressed envelopes (`VCS`).
 */
export function readMagic(buffer: Buffer, at: number): { magic: RdbMagic; version: number } {
  const text = buffer.toString('latin1', at, at + headerBytes);
  if (text.startsWith('VCS')) {
    const codec = buffer[at + 4] ?? 0;
    throw new FerryError('rdb.unsupported', {
      what: `an envelope packed with ${envelopeCodecs[codec] ?? 'codec'}`,
      number: codec,
      offset: 0,
    });
  }
  const found = /^(REDIS|VALKEY)(\d{3,4})$/.exec(text);
  if (!found) throw new FerryError('rdb.bad_magic');
  const magic: RdbMagic = found[1] === 'REDIS' ? 'REDIS' : 'VALKEY';
  const version = Number(found[2]);
  if (version < oldestVersion[magic] || version > newestVersion[magic]) {
    throw new FerryError('rdb.unsupported', { what: `${magic} format version`, number: version, offset: 0 });
  }
  return { magic, version };
}

/** Whether these bytes start like an RDB. */
export function looksLikeRdb(buffer: Buffer): boolean {
  const start = buffer.toString('latin1', 0, 6);
  return start.startsWith('REDIS') || start === 'VALKEY' || /^VCS/.test(start);
}
