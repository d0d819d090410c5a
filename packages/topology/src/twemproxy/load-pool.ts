import { open } from 'node:fs/promises';
import type { Endpoint } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Pool } from '@cacheferry/importer';
import { readPools } from '@cacheferry/importer';

const mostBytes = 1_048_576;

/**
 * The pool that an endpoint names, from its file; the only one where it names none. A password given beside the
 * address counts before the one in the file.
 *
 * Throws `twemproxy.*`.
 */
export async function loadPool({ path, pool, password }: Endpoint & { kind: 'twemproxy' }): Promise<Pool> {
  const pools = readPools(await readText(path), path);
  const known = [...pools.keys()].join(', ');
  if (pool === null && pools.size > 1) throw new FerryError('twemproxy.pool_needed', { path, known });
  const name = pool ?? [...pools.keys()][0] ?? '';
  const found = pools.get(name);
  if (!found) throw new FerryError('twemproxy.unknown_pool', { path, pool: name, known });
  if (found === 'memcached') throw new FerryError('twemproxy.not_redis', { pool: name });
  return password === null ? found : { ...found, password };
}

async function readText(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes + 1), 0, mostBytes + 1, 0);
      if (bytesRead > mostBytes)
        throw new FerryError('twemproxy.invalid', { path, problem: 'it is larger than 1 MiB' });
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof FerryError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new FerryError('twemproxy.unreadable', { path, reason }, error);
  }
}
