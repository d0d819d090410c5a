import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShardMembers, ShardMemory } from '@cacheferry/topology';
import { writeFileAtomic } from '../state/atomic-file.ts';

/** What a run remembers of the shards of its source: which nodes are in each. */
export function shardMemory(dir: string): ShardMemory {
  const path = join(dir, 'shards.json');
  return {
    known: readShards(path),
    remember: (shards) => writeFileAtomic(path, JSON.stringify({ version: 1, shards })),
  };
}

/** Every shard that the source of a run has had, those too that are none any more. */
export const rememberedShards = (dir: string): string[] => readShards(join(dir, 'shards.json')).map(({ id }) => id);

function readShards(path: string): ShardMembers[] {
  if (!existsSync(path)) return [];
  const { version, shards } = JSON.parse(readFileSync(path, 'utf8')) as { version: number; shards: ShardMembers[] };
  return version === 1 ? shards : [];
}
