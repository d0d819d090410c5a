import type { Upload } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import type { UploadFiles } from './upload-files.ts';
import { uploadView } from './upload-view.ts';

/** One upload: how far it came, and its sum. Its bytes are never handed out. */
export async function getUpload(ctx: Context, id: string, files: UploadFiles): Promise<Upload> {
  authorise(ctx, 'operator');
  const upload = found(await ctx.store.uploads.find(id), 'upload');
  return uploadView(upload, files, await ctx.store.uploads.countUses([id]));
}
