import type { Endpoint } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { openTopology } from '@cacheferry/topology';

/** Counts the servers of a target when it is first asked for; 0 while they cannot be told. */
export function targetCounter(endpoint: Endpoint): () => Promise<number> {
  let known: Promise<number> | null = endpoint.kind === 'rdb' ? Promise.resolve(endpoint.paths.length) : null;
  return async () => {
    known ??= count(endpoint);
    const found = await known;
    if (found === 0) known = null;
    return found;
  };
}

async function count(endpoint: Endpoint): Promise<number> {
  try {
    const topology = await openTopology(endpoint, 'target');
    await topology.close();
    return topology.shards.length;
  } catch (error) {
    if (error instanceof FerryError) return 0;
    throw error;
  }
}
