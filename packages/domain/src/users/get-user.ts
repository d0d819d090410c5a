import type { User } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { userView } from './user-view.ts';

/** One user. */
export async function getUser(ctx: Context, id: string): Promise<User> {
  authorise(ctx, 'admin');
  return userView(found(await ctx.store.users.find(id), 'user'));
}
