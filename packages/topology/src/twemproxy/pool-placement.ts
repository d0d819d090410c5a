import { FerryError } from '@cacheferry/kernel';
import { ketama, modula } from './continuum.ts';
import { keyHashes } from './key-hashes.ts';
import type { Pool } from '@cacheferry/importer';

/** The index of the server that has the key in `bytes[start, end)`. */
export type Placement = (bytes: Uint8Array, start?: number, end?: number) => number;

/**
 * Where a pool puts each key, exactly as twemproxy does.
 *
 * Throws `twemproxy.no_placement` for a pool that puts keys anywhere.
 */
export function placementOf(pool: Pool): Placement {
  const { servers, hashTag, distribution } = pool;
  if (servers.length === 1) return () => 0;
  if (distribution === 'random') throw new FerryError('twemproxy.no_placement', { pool: pool.name });
  const locate = distribution === 'ketama' ? ketama(servers) : modula(servers);
  const hash = keyHashes[pool.hash];
  const whole: Placement = (bytes, start = 0, end = bytes.length) =>
    locate(start === end ? 0 : hash(bytes, start, end));
  if (hashTag === null) return whole;
  const [open, close] = hashTag;
  return (bytes, start = 0, end = bytes.length) => {
    const from = find(bytes, open, start, end);
    const to = from < 0 ? -1 : find(bytes, close, from + 1, end);
    return to > from + 1 ? whole(bytes, from + 1, to) : whole(bytes, start, end);
  };
}

/** The first place of a byte in `[start, end)`, or −1. */
function find(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === byte) return at;
  return -1;
}
