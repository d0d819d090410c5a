import type { Preflight } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { preflightView } from './preflight-view.ts';

/** One preflight, with the rows that are there so far. */
export async function getPreflight(ctx: Context, id: string): Promise<Preflight> {
  authorise(ctx, 'viewer');
  return preflightView(found(await ctx.store.preflights.find(id), 'preflight'));
}
