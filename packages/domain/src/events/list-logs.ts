import { LogLevel, type LogPage, type LogQuery } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import { hideInEvents } from '../checks/hide-keys.ts';
import type { Context } from '../context.ts';
import { plainText } from '../plain-json.ts';
import type { EventSearch } from '../store/runs.ts';
import { findWork } from './find-work.ts';

const levels = LogLevel.options;

/**
 * A page of the log of a migration or check, oldest line first: the lines after `after`, or the newest before `before`,
 * or the newest of all. `level` is the lowest to show. `nextCursor` is the `after`, or else the `before`, of the page
 * that follows in the same direction.
 */
export async function listLogs(ctx: Context, id: string, query: LogQuery): Promise<LogPage> {
  authorise(ctx, 'viewer');
  const { lastEventId: lastId } = await findWork(ctx.store, id);
  const search = searchOf(query);
  const found = await ctx.store.events.search(id, search, query.limit + 1);
  const hasMore = found.length > query.limit;
  const isForward = query.after !== undefined;
  const items = hasMore ? (isForward ? found.slice(0, query.limit) : found.slice(1)) : found;
  const edge = isForward ? items.at(-1) : items[0];
  const nextCursor = hasMore && edge ? String(edge.id) : null;
  const total = await ctx.store.events.count(id, { ...search, after: null, before: null });
  return { items: await hideInEvents(ctx, items), nextCursor, total, lastId };
}

function searchOf({ after, before, level, type, q }: LogQuery): EventSearch {
  return {
    after: after ?? null,
    before: before ?? null,
    levels: level ? levels.slice(levels.indexOf(level)) : null,
    types: type ? type.split(',').filter(Boolean) : null,
    q: q?.trim() ? plainText(q.trim()) : null,
  };
}
