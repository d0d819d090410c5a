import type { ShardProgress } from '@cacheferry/contract';
import { shardShare } from './progress-of.ts';

const values: Record<string, (shard: ShardProgress) => string | number> = {
  id: (shard) => shard.id,
  machineId: (shard) => shard.machineId ?? '',
  phase: (shard) => shard.phase,
  progress: (shard) => shardShare(shard) ?? -1,
  keysDone: (shard) => shard.keysDone,
  bytesDone: (shard) => shard.bytesDone,
  lagBytes: (shard) => shard.lagBytes ?? -1,
};

/** Shards by one of their values; `-` in front turns the order. Numbers within names are compared as numbers. */
export function sortShards(shards: readonly ShardProgress[], sort: string): ShardProgress[] {
  const isFalling = sort.startsWith('-');
  const value = values[isFalling ? sort.slice(1) : sort] ?? ((shard: ShardProgress) => shard.id);
  const compare = (a: ShardProgress, b: ShardProgress) => {
    const [x, y] = [value(a), value(b)];
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : byName(String(x), String(y));
    return order || byName(a.id, b.id);
  };
  return [...shards].sort((a, b) => (isFalling ? compare(b, a) : compare(a, b)));
}

const byName = new Intl.Collator('en', { numeric: true }).compare;
