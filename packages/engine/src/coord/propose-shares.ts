import { setMaxListeners } from 'node:events';
import type { Job } from '@cacheferry/contract';
import type { Shares } from '../write/agree-on-shares.ts';
import type { MigrationRun } from './open-run.ts';
import { spreadShards } from './spread-shards.ts';

type Share = NonNullable<Job['share']>;

/** How the source looks to be divided from here, before all engines have agreed on it. */
export async function proposeShares(
  { source, shards }: MigrationRun,
  share: Share,
  signal: AbortSignal,
): Promise<Shares> {
  // One listener for each server that is looked up.
  setMaxListeners(0, signal);
  const places = await Promise.all(
    source.servers().map(async (shard) => ({ id: shard.id, host: (await shard.locate(signal)).host })),
  );
  const fixed = shards.flatMap((shard) => (shard.share === undefined ? [] : [[shard.from, shard.share] as const]));
  const shares = new Map([...spreadShards(places, share.of), ...fixed]);
  return { of: share.of, shares, slots: source.slots[0]?.owners() ?? [] };
}

/** Whether an engine that may have nothing to do has nothing to do by this. */
export function isLeftOut({ shares }: Shares, share: Share): boolean {
  return share.mayBeEmpty === true && ![...shares.values()].includes(share.number);
}
