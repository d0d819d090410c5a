import type { Upload } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import type { UploadRecord } from '../store/uploads.ts';
import type { UploadFiles } from './upload-files.ts';
import { uploadView } from './upload-view.ts';

type More = { offset: number; chunks: AsyncIterable<Buffer> };

/**
 * Writes the next bytes of an upload as they come. With the last one it is complete: summed up, and compared with what
 * was announced.
 *
 * Throws `upload.complete`, `upload.wrong_offset`, `upload.too_large`, `upload.busy`, `upload.interrupted`,
 * `upload.no_space`, `upload.damaged`.
 */
export async function appendToUpload(ctx: Context, id: string, more: More, files: UploadFiles): Promise<Upload> {
  authorise(ctx, 'operator');
  const upload = found(await ctx.store.uploads.find(id), 'upload');
  if (upload.isComplete) throw new FerryError('upload.complete');
  const received = await files.append(id, { ...more, bytes: upload.bytes });
  const uses = new Map([[id, 0]]);
  return uploadView(received < upload.bytes ? upload : await complete(ctx, upload, files), files, uses);
}

async function complete(ctx: Context, { id, name, bytes }: UploadRecord, files: UploadFiles): Promise<UploadRecord> {
  const sum = await files.digest(id);
  const intent = { needs: 'operator', action: 'upload.complete', objectKind: 'upload', objectId: id } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const { sha256 } = found(await tx.uploads.lock(id), 'upload');
    describe({ objectName: name, detail: { bytes, sha256: sum } });
    if (sha256 !== null && sha256 !== sum) throw new FerryError('upload.damaged');
    return tx.uploads.update(id, { sha256: sum, isComplete: true, updatedAt: new Date(ctx.clock.now()) });
  });
}
