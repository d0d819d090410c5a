import type { ListQuery, Token } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { type Page, pageRequest, toPage } from '../paging.ts';
import { tokenView } from './token-view.ts';

/** The tokens of scripts, newest first unless sorted otherwise. */
export async function listTokens(ctx: Context, query: ListQuery): Promise<Page<Token>> {
  authorise(ctx, 'admin');
  const request = pageRequest(query, { name: 'text', createdAt: 'time', lastUsedAt: 'time' }, '-createdAt');
  return toPage(await ctx.store.tokens.page(request), request, tokenView);
}
