import { LostElement, type LostPage, type LostQuery, type StoredEvent } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import { type Sight, sightOf } from '../checks/hide-keys.ts';
import type { Context } from '../context.ts';
import { findWork } from './find-work.ts';

/** What a migration could not carry over, as far as its engine listed it: all classes or one, oldest first. */
export async function listLost(ctx: Context, id: string, query: LostQuery): Promise<LostPage> {
  authorise(ctx, 'viewer');
  await findWork(ctx.store, id);
  const name = query.class ?? null;
  const found = await ctx.store.events.lost(id, { class: name, after: query.after, limit: query.limit + 1 });
  const sight = await sightOf(ctx);
  const page = found.slice(0, query.limit);
  const last = found.length > query.limit ? page.at(-1) : undefined;
  return {
    items: page.flatMap((event) => elementOf(event, sight)),
    nextCursor: last ? String(last.id) : null,
    total: await ctx.store.events.countLost(id, name),
  };
}

/** None for an event of another engine that names its losses in another way. */
function elementOf(event: StoredEvent, sight: Sight): LostElement[] {
  const { key = null, command = null, shard = null } = event;
  const read = LostElement.safeParse({ ...event, shard, command, key: sight.keys ? key : null });
  return read.success ? [read.data] : [];
}
