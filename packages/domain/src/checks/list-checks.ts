import { type Check, type CheckFilter, checkStates, type ListQuery } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { type Page, pageRequest, readNames, toPage } from '../paging.ts';
import { checkView } from './check-view.ts';

const sorts = { state: 'text', createdAt: 'time', startedAt: 'time', finishedAt: 'time' } as const;

/** Full checks, newest first; `q` looks in the names of their migrations. */
export async function listChecks(ctx: Context, query: ListQuery & CheckFilter): Promise<Page<Check>> {
  authorise(ctx, 'viewer');
  const request = pageRequest(query, sorts, '-createdAt');
  const states = readNames(query.state, checkStates, 'state');
  const rows = await ctx.store.checks.page(request, { migrationId: query.migrationId ?? null, states });
  return toPage(rows, request, checkView);
}
