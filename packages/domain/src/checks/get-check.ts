import type { Check } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { checkView } from './check-view.ts';

/** One full check. */
export async function getCheck(ctx: Context, id: string): Promise<Check> {
  authorise(ctx, 'viewer');
  return checkView(found(await ctx.store.checks.find(id), 'check'));
}
