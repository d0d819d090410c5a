import { Readable } from 'node:stream';
import { ListQuery, pageOf, Upload, UploadInput, UploadPlace } from '@cacheferry/contract';
import { appendToUpload, createUpload, deleteUpload, getUpload, listUploads } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import { json, nothing, type Route, route } from '../http/route.ts';
import { ById } from './shapes.ts';

const tag = 'Uploads';

/** Files that are brought here piece by piece, to be the source of a migration. */
export const uploadRoutes: readonly Route[] = [
  route('GET /uploads', {
    needs: 'operator',
    tag,
    summary: 'List uploads',
    query: ListQuery,
    answer: json(pageOf(Upload), 'UploadPage'),
    handle: ({ ctx, query, deps }) => listUploads(ctx, query, deps.uploads),
  }),
  route('POST /uploads', {
    needs: 'operator',
    tag,
    summary: 'Begin an upload: its bytes follow by PATCH',
    body: UploadInput,
    answer: json(Upload, 'Upload', 201),
    handle: ({ ctx, body, deps }) => createUpload(ctx, body, deps.uploads),
  }),
  route('GET /uploads/:id', {
    needs: 'operator',
    tag,
    summary: 'One upload: `received` says where to send on from',
    params: ById,
    answer: json(Upload, 'Upload'),
    handle: ({ ctx, params, deps }) => getUpload(ctx, params.id, deps.uploads),
  }),
  route('PATCH /uploads/:id', {
    needs: 'operator',
    tag,
    summary: 'Send the next bytes of an upload, as many as 30 seconds allow',
    params: ById,
    query: UploadPlace,
    takesBytes: true,
    answer: json(Upload, 'Upload'),
    handle: ({ ctx, params, query, deps, request }) => {
      if (!(request.body instanceof Readable)) throw new FerryError('request.wrong_type');
      return appendToUpload(ctx, params.id, { offset: query.offset, chunks: request.body }, deps.uploads);
    },
  }),
  route('DELETE /uploads/:id', {
    needs: 'operator',
    tag,
    summary: 'Delete an upload that no migration needs',
    params: ById,
    answer: nothing,
    handle: ({ ctx, params, deps }) => deleteUpload(ctx, params.id, deps.uploads),
  }),
];
