import type { JobEndpoint } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';

/** Address and opened secrets of a saved endpoint, for the control plane's own use: a test of it from a machine. */
export async function revealEndpoint(ctx: Context, id: string): Promise<JobEndpoint> {
  authorise(ctx, 'system');
  const { url } = found(await ctx.store.endpoints.find(id), 'endpoint');
  return { url, ...(await ctx.store.endpoints.secrets(id)) };
}
