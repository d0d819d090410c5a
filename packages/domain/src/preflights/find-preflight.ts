import { found } from '../found.ts';
import type { Repositories } from '../store/index.ts';
import type { PreflightRecord } from '../store/work.ts';

/** One of a machine each, the one that was asked for first. */
export type PreflightGroup = readonly [PreflightRecord, ...PreflightRecord[]];

/** A preflight with those of its further machines. Throws `request.not_found` where there is none. */
export async function findPreflight(store: Pick<Repositories, 'preflights'>, id: string): Promise<PreflightGroup> {
  const first = found(await store.preflights.find(id), 'preflight');
  return [first, ...(await store.preflights.findFollowers(id))];
}
