import type { Migration } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { migrationView } from './migration-view.ts';

/** One migration. */
export async function getMigration(ctx: Context, id: string): Promise<Migration> {
  authorise(ctx, 'viewer');
  return migrationView(ctx.store, found(await ctx.store.migrations.find(id), 'migration'));
}
