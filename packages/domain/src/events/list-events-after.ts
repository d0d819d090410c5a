import type { StoredEvent } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import { hideInEvents } from '../checks/hide-keys.ts';
import type { Context } from '../context.ts';
import { findWork } from './find-work.ts';

const most = 1000;

/** Events of a migration or check after a number, oldest first: call again with the last one until fewer come. */
export async function listEventsAfter(
  ctx: Context,
  id: string,
  query: { after: number; limit?: number },
): Promise<StoredEvent[]> {
  authorise(ctx, 'viewer');
  await findWork(ctx.store, id);
  const limit = Math.min(query.limit ?? most, most);
  return hideInEvents(ctx, await ctx.store.events.after(id, query.after, limit));
}
