import { realpathSync } from 'node:fs';
import path from 'node:path';
import { type Endpoint, isSocketPath } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';

/**
 * Refuses an endpoint whose files lie outside of the folders that this machine allows; links are followed first.
 *
 * `roots`: null allows every folder. Throws `config.path_forbidden`.
 */
export function requireInRoots(endpoint: Endpoint, roots: readonly string[] | null): void {
  if (roots === null) return;
  const allowed = roots.map(realOf);
  for (const file of filesOf(endpoint)) {
    const real = realOf(file);
    if (!allowed.some((root) => isInside(root, real))) throw new FerryError('config.path_forbidden', { path: file });
  }
}

function filesOf(endpoint: Endpoint): string[] {
  switch (endpoint.kind) {
    case 'rdb':
      return endpoint.paths;
    case 'aof':
    case 'twemproxy':
    case 'memcached-dump':
      return [endpoint.path];
    case 'standalone':
      return isSocketPath(endpoint.host) ? [endpoint.host] : [];
    default:
      return [];
  }
}

const isInside = (root: string, file: string) =>
  file === root || file.startsWith(root.endsWith(path.sep) ? root : root + path.sep);

/** Where a path leads; of one that does not exist yet, as far as it exists. */
function realOf(file: string): string {
  const whole = path.resolve(file);
  try {
    return realpathSync(whole);
  } catch {
    const parent = path.dirname(whole);
    return parent === whole ? whole : path.join(realOf(parent), path.basename(whole));
  }
}
