import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import type { UploadFiles } from './upload-files.ts';

/** Deletes an upload with its bytes. Throws `upload.in_use` while a migration that has not ended needs it. */
export async function deleteUpload(ctx: Context, id: string, files: UploadFiles): Promise<void> {
  const intent = { needs: 'operator', action: 'upload.delete', objectKind: 'upload', objectId: id } as const;
  await act(ctx, intent, async ({ tx, describe }) => {
    const { name, bytes } = found(await tx.uploads.lock(id), 'upload');
    describe({ objectName: name, detail: { bytes } });
    const uses = (await tx.uploads.countUses([id])).get(id) ?? 0;
    if (uses > 0) throw new FerryError('upload.in_use', { name });
    await tx.uploads.delete(id);
    await files.remove(id);
  });
}
