import * as z from 'zod/mini';
import { Count, Id, Time } from './basics.ts';
import type { Endpoint } from './endpoint-url.ts';

/** What a file was called where it came from: shown, and never used as a path. */
const FileName = z.string().check(z.trim(), z.minLength(1), z.maxLength(255), z.regex(/^[^\u0000-\u001f\u007f]*$/));
const Sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** A file that is going to be uploaded. With a `sha256` its bytes are compared with it once they are all there. */
export const UploadInput = z.strictObject({
  name: FileName,
  bytes: Count.check(z.gte(1)),
  sha256: z.optional(Sha256),
});
export type UploadInput = z.infer<typeof UploadInput>;

/** Where the next bytes of an upload go: at `received`, or they are refused. */
export const UploadPlace = z.strictObject({ offset: z.coerce.number().check(z.int(), z.gte(0)) });

export const Upload = z.object({
  id: Id,
  name: z.string(),
  bytes: Count,
  /** Bytes that are there; the rest is sent from here on. */
  received: Count,
  state: z.enum(['receiving', 'complete']),
  /** Of a complete one. */
  sha256: z.nullable(Sha256),
  ownerName: z.string(),
  /** Migrations that need it and have not ended. */
  usedBy: Count,
  createdAt: Time,
  updatedAt: Time,
});
export type Upload = z.infer<typeof Upload>;

const uploadPath = /^upload:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/[^,/]*)?$/;

/** How an uploaded file stands in an endpoint URL in place of a path: its id, and its name to be read by people. */
export function pathOfUpload({ id, name }: Pick<Upload, 'id' | 'name'>): string {
  return `upload:${id}/${name.replace(/[^\p{L}\p{N}._-]+/gu, '_')}`;
}

/** The id of the upload that a path names; `undefined` for a path on a machine. */
export function uploadOfPath(path: string): string | undefined {
  return uploadPath.exec(path)?.[1];
}

/** An address as somebody types it who has the uploaded files beside him: by their names. */
export function withoutUploads(url: string): string {
  return url.replace(/upload:[0-9a-f-]{36}\//g, '');
}

/** The ids of all uploads that an endpoint is made of. */
export function uploadsOf(endpoint: Endpoint): string[] {
  const ids = pathsOf(endpoint).map(uploadOfPath);
  return ids.filter((id) => id !== undefined);
}

/** The endpoint with other paths in place of its uploads. */
export function replaceUploads(endpoint: Endpoint, place: (id: string) => string): Endpoint {
  const placed = (path: string) => {
    const id = uploadOfPath(path);
    return id === undefined ? path : place(id);
  };
  if (endpoint.kind === 'rdb') return { ...endpoint, paths: endpoint.paths.map(placed) };
  return hasPath(endpoint) ? { ...endpoint, path: placed(endpoint.path) } : endpoint;
}

function pathsOf(endpoint: Endpoint): string[] {
  if (endpoint.kind === 'rdb') return endpoint.paths;
  return hasPath(endpoint) ? [endpoint.path] : [];
}

type OneFile = Extract<Endpoint, { kind: 'aof' | 'memcached-dump' | 'twemproxy' }>;
const hasPath = (endpoint: Endpoint): endpoint is OneFile =>
  endpoint.kind === 'aof' || endpoint.kind === 'memcached-dump' || endpoint.kind === 'twemproxy';
