import type { Preflight } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { findPreflight } from './find-preflight.ts';
import { preflightView } from './preflight-view.ts';

/** One preflight, with the rows that are there so far. */
export async function getPreflight(ctx: Context, id: string): Promise<Preflight> {
  authorise(ctx, 'viewer');
  return preflightView(await findPreflight(ctx.store, id));
}
