import { pageOf, Upload, type UploadInput } from '@cacheferry/contract';
import { queryOptions } from '@tanstack/react-query';
import { queryString, request, sendOnly } from '../../app/http/request.ts';

const UploadPage = pageOf(Upload);
export const uploadKeys = { list: ['uploads'] } as const;

/** The newest uploads. */
export const uploadsQuery = queryOptions({
  queryKey: uploadKeys.list,
  queryFn: ({ signal }) => request(UploadPage, '/uploads?limit=50', { signal }),
});

export const createUpload = (body: UploadInput): Promise<Upload> =>
  request(Upload, '/uploads', { method: 'POST', body });

/** Sends the next bytes of an upload. */
export const sendPiece = (id: string, offset: number, body: Blob, signal: AbortSignal): Promise<Upload> =>
  request(Upload, `/uploads/${id}${queryString({ offset })}`, { method: 'PATCH', body, signal });

export const removeUpload = (id: string): Promise<void> => sendOnly(`/uploads/${id}`, { method: 'DELETE' });
