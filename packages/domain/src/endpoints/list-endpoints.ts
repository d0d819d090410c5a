import type { ListQuery, SavedEndpoint } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { type Page, pageRequest, toPage } from '../paging.ts';
import { endpointView } from './endpoint-view.ts';

const sorts = { name: 'text', kind: 'text', createdAt: 'time', updatedAt: 'time' } as const;

/** The saved endpoints; `q` looks in name and address. */
export async function listEndpoints(ctx: Context, query: ListQuery): Promise<Page<SavedEndpoint>> {
  authorise(ctx, 'viewer');
  const request = pageRequest(query, sorts, 'name');
  const rows = await ctx.store.endpoints.page(request);
  const uses = await ctx.store.endpoints.countUses(rows.rows.map(({ id }) => id));
  return toPage(rows, request, (row) => endpointView(row, uses));
}
