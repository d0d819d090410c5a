import type { SavedEndpoint } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { endpointView } from './endpoint-view.ts';

/** One saved endpoint. */
export async function getEndpoint(ctx: Context, id: string): Promise<SavedEndpoint> {
  authorise(ctx, 'viewer');
  const endpoint = found(await ctx.store.endpoints.find(id), 'endpoint');
  return endpointView(endpoint, await ctx.store.endpoints.countUses([id]));
}
