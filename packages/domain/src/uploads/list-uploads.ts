import type { ListQuery, Upload } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { type Page, pageRequest, toPage } from '../paging.ts';
import type { UploadFiles } from './upload-files.ts';
import { uploadView } from './upload-view.ts';

const sorts = { name: 'text', createdAt: 'time' } as const;

/** The uploads; `q` looks in their names. */
export async function listUploads(ctx: Context, query: ListQuery, files: UploadFiles): Promise<Page<Upload>> {
  authorise(ctx, 'operator');
  const request = pageRequest(query, sorts, '-createdAt');
  const { rows, total } = await ctx.store.uploads.page(request);
  const uses = await ctx.store.uploads.countUses(rows.map(({ id }) => id));
  const { items, ...page } = toPage({ rows, total }, request, (row) => row);
  return { ...page, items: await Promise.all(items.map((row) => uploadView(row, files, uses))) };
}
