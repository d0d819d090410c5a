import { parseEndpointUrl, uploadsOf } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { found } from '../found.ts';
import type { Repositories } from '../store/index.ts';
import type { UploadRecord } from '../store/uploads.ts';

/** The uploads that an address is made of. Throws `request.not_found`, `upload.incomplete`. */
export async function requireUploads({ uploads }: Pick<Repositories, 'uploads'>, url: string): Promise<UploadRecord[]> {
  const ids = uploadsOf(parseEndpointUrl(url));
  const known = new Map((ids.length > 0 ? await uploads.findMany(ids) : []).map((one) => [one.id, one]));
  return ids.map((id) => {
    const upload = found(known.get(id), 'upload');
    if (!upload.isComplete) throw new FerryError('upload.incomplete', { name: upload.name });
    return upload;
  });
}
