import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { type Endpoint, isSocketPath } from '@cacheferry/contract';
import { readPools } from '@cacheferry/importer';
import { FerryError } from '@cacheferry/kernel';

/**
 * Refuses an endpoint whose files, or sockets, lie outside of the folders that this machine allows; links are followed first.
 *
 * `roots`: null allows every folder. Throws `config.path_forbidden`.
 */
export function requireInRoots(endpoint: Endpoint, roots: readonly string[] | null): void {
  if (roots === null) return;
  const allowed = roots.map(realOf);
  const requireInside = (file: string) => {
    const real = realOf(file);
    if (!allowed.some((root) => isInside(root, real))) throw new FerryError('config.path_forbidden', { path: file });
  };
  filesOf(endpoint).forEach(requireInside);
  if (endpoint.kind === 'twemproxy') socketsOf(endpoint.path).forEach(requireInside);
}

/** Sockets that the file of a pool names; a file that cannot be read is refused, with the reason, when it is used. */
function socketsOf(file: string): string[] {
  try {
    const pools = [...readPools(readFileSync(file, 'utf8'), file).values()];
    const hosts = pools.flatMap((pool) => (pool === 'memcached' ? [] : pool.servers.map(({ host }) => host)));
    return hosts.filter(isSocketPath);
  } catch {
    return [];
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
