import {
  isEnded,
  type ListQuery,
  type Migration,
  type MigrationFilter,
  type MigrationState,
  migrationStates,
} from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { type Page, pageRequest, readNames, toPage } from '../paging.ts';
import { migrationViews } from './migration-view.ts';

const sorts = {
  name: 'text',
  state: 'text',
  mode: 'text',
  ownerName: 'text',
  createdAt: 'time',
  startedAt: 'time',
  endedAt: 'time',
  updatedAt: 'time',
} as const;

/** The migrations, newest first unless sorted otherwise; `q` looks in name, addresses and owner. */
export async function listMigrations(ctx: Context, query: ListQuery & MigrationFilter): Promise<Page<Migration>> {
  authorise(ctx, 'viewer');
  const request = pageRequest(query, sorts, '-createdAt');
  const states = statesOf(query);
  const rows = await ctx.store.migrations.page(request, { states, machineId: query.machineId ?? null });
  const views = await migrationViews(ctx.store, rows.rows.slice(0, request.limit));
  const byId = new Map(views.map((view) => [view.id, view]));
  return toPage(rows, request, ({ id }) => byId.get(id) as Migration);
}

function statesOf({ state, view }: MigrationFilter): MigrationState[] | null {
  const named = readNames(state, migrationStates, 'state');
  if (view === undefined) return named;
  return (named ?? [...migrationStates]).filter((one) => isEnded(one) === (view === 'ended'));
}
