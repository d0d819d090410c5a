import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StateDir } from '../state/state-dir.ts';

/** The longest path that every system takes for a unix socket. */
const maxSocketPathBytes = 100;

/** Where a new engine puts its control socket: in the state directory, or in the temporary folder when that path is too long. */
export function choosePath(state: StateDir): string {
  if (Buffer.byteLength(state.socketFile) <= maxSocketPathBytes) return state.socketFile;
  const name = createHash('sha256').update(state.dir).digest('hex').slice(0, 16);
  return join(tmpdir(), `ferry-${name}.sock`);
}

/** File beside the socket's place that says where it is when it is elsewhere. */
export function recordOf(state: StateDir): string {
  return `${state.socketFile}.path`;
}

/** Where the running engine's control socket is. */
export function findPath(state: StateDir): string {
  try {
    return readFileSync(recordOf(state), 'utf8').trim();
  } catch {
    // No record: it is in its usual place.
    return state.socketFile;
  }
}
