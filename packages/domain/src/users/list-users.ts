import type { ListQuery, User } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { type Page, pageRequest, toPage } from '../paging.ts';
import { userView } from './user-view.ts';

/** The users, by name unless sorted otherwise. */
export async function listUsers(ctx: Context, query: ListQuery): Promise<Page<User>> {
  authorise(ctx, 'admin');
  const request = pageRequest(query, { username: 'text', createdAt: 'time', lastSignInAt: 'time' }, 'username');
  return toPage(await ctx.store.users.page(request), request, userView);
}
