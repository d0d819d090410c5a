import type { Upload } from '@cacheferry/contract';
import type { UploadRecord } from '../store/uploads.ts';
import type { UploadFiles } from './upload-files.ts';

/** An upload as the API shows one. */
export async function uploadView(
  upload: UploadRecord,
  files: UploadFiles,
  uses: ReadonlyMap<string, number>,
): Promise<Upload> {
  const { id, name, bytes, sha256, isComplete, ownerName, createdAt, updatedAt } = upload;
  return {
    id,
    name,
    bytes,
    received: isComplete ? bytes : ((await files.size(id)) ?? 0),
    state: isComplete ? 'complete' : 'receiving',
    sha256: isComplete ? sha256 : null,
    ownerName,
    usedBy: uses.get(id) ?? 0,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
