import type { Upload, UploadInput } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import { userOf } from '../authorise.ts';
import type { Context } from '../context.ts';
import { readSettings } from '../settings/read-settings.ts';
import type { UploadRecord } from '../store/uploads.ts';
import type { UploadFiles } from './upload-files.ts';
import { uploadView } from './upload-view.ts';

/** Stays free on the disk for what else lives there: the database above all. */
const reserveBytes = 1024 ** 3;

/**
 * Begins an upload; its bytes follow. Room for all of it is needed now, with that of uploads that are under way.
 *
 * Throws `upload.too_large`, `upload.quota`, `upload.no_space`.
 */
export async function createUpload(ctx: Context, input: UploadInput, files: UploadFiles): Promise<Upload> {
  const intent = { needs: 'operator', action: 'upload.create', objectKind: 'upload' } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const { name, bytes, sha256 = null } = input;
    const { uploadMaxBytes, uploadQuotaBytes } = await readSettings(tx);
    if (bytes > uploadMaxBytes) throw new FerryError('upload.too_large', { bytes, limit: uploadMaxBytes });
    const others = await tx.uploads.lockAll();
    const total = others.reduce((sum, other) => sum + other.bytes, bytes);
    if (total > uploadQuotaBytes) throw new FerryError('upload.quota', { limit: uploadQuotaBytes });
    const toCome = (await missingBytes(others, files)) + bytes;
    if (toCome + reserveBytes > (await files.freeBytes())) throw new FerryError('upload.no_space');
    const owner = userOf(ctx);
    const now = new Date(ctx.clock.now());
    const upload: UploadRecord = {
      id: ctx.newId(),
      name,
      bytes,
      sha256,
      isComplete: false,
      ownerId: owner.id,
      ownerName: owner.username,
      createdAt: now,
      updatedAt: now,
    };
    describe({ objectId: upload.id, objectName: name, detail: { bytes } });
    await tx.uploads.insert(upload);
    await files.create(upload.id);
    return uploadView(upload, files, new Map());
  });
}

async function missingBytes(uploads: readonly UploadRecord[], files: UploadFiles): Promise<number> {
  let missing = 0;
  for (const { id, bytes, isComplete } of uploads)
    if (!isComplete) missing += Math.max(0, bytes - ((await files.size(id)) ?? 0));
  return missing;
}
