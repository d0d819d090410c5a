import type { ListQuery, Machine } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { type Page, pageRequest, toPage } from '../paging.ts';
import { machineView } from './machine-view.ts';

const sorts = { name: 'text', state: 'text', kind: 'text', createdAt: 'time', updatedAt: 'time' } as const;

/** The machines; `q` looks in name, host and labels. */
export async function listMachines(ctx: Context, query: ListQuery): Promise<Page<Machine>> {
  authorise(ctx, 'viewer');
  const request = pageRequest(query, sorts, 'name');
  const rows = await ctx.store.machines.page(request);
  const running = await ctx.store.machines.countRunning(rows.rows.map(({ id }) => id));
  return toPage(rows, request, (row) => machineView(row, running));
}
