import { act } from '../act.ts';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import type { UploadRecord } from '../store/uploads.ts';
import type { UploadFiles } from './upload-files.ts';

/** An upload that has got no byte for so long is not going to be completed. */
const abandonedMs = 7 * 24 * 3600_000;

/** Deletes uploads that were begun and then abandoned, and files that no upload is known of. */
export async function pruneUploads(ctx: Context, files: UploadFiles): Promise<void> {
  authorise(ctx, 'system');
  const { uploads } = ctx.store;
  const before = ctx.clock.now() - abandonedMs;
  const touched = new Map((await files.list()).map(({ id, touchedAtMs }) => [id, touchedAtMs]));
  for (const upload of await uploads.findIncomplete())
    if (Math.max(upload.updatedAt.getTime(), touched.get(upload.id) ?? 0) < before) await prune(ctx, upload, files);
  const old = [...touched].flatMap(([id, touchedAtMs]) => (touchedAtMs < before ? id : []));
  const known = new Set((await uploads.findMany(old)).map(({ id }) => id));
  for (const id of old) if (!known.has(id)) await files.remove(id);
}

async function prune(ctx: Context, { id, name, bytes }: UploadRecord, files: UploadFiles): Promise<void> {
  const intent = { needs: 'system', action: 'upload.prune', objectKind: 'upload', objectId: id } as const;
  await act(ctx, intent, async ({ tx, describe }) => {
    describe({ objectName: name, detail: { bytes } });
    if ((await tx.uploads.lock(id))?.isComplete !== false) return;
    await tx.uploads.delete(id);
    await files.remove(id);
  });
}
