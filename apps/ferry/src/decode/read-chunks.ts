import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { FerryError } from '@cacheferry/kernel';
import { unpackZstd } from './unpack-zstd.ts';

const chunkBytes = 262_144;
const gzipMagic = [0x1f, 0x8b];
const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * The bytes of a file in order, unpacked when it is a gzip or zstd file (told by its first bytes, not by its name).
 *
 * Throws `host.file_failed`, and `rdb.truncated` or `rdb.corrupt` for a packed file that is damaged.
 */
export async function* readChunks(path: string | Buffer, signal: AbortSignal): AsyncGenerator<Buffer> {
  const first = await firstBytes(path);
  const file = createReadStream(path, { highWaterMark: chunkBytes, signal });
  if (startsWith(first, zstdMagic)) return yield* unpackZstd(withFileErrors(file, path));
  if (!startsWith(first, gzipMagic)) return yield* withFileErrors(file, path);
  const unpacked = file.on('error', (error) => unpacked.destroy(error)).pipe(createGunzip({ chunkSize: chunkBytes }));
  let bytes = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw gzipError(error, path, bytes);
  } finally {
    file.destroy();
  }
}

async function* withFileErrors(file: AsyncIterable<unknown>, path: string | Buffer): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of file) yield chunk as Buffer;
  } catch (error) {
    throw fileError(error, path);
  }
}

async function firstBytes(path: string | Buffer): Promise<Buffer> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw fileError(error, path);
  }
}

const startsWith = (bytes: Buffer, magic: number[]) => bytes.subarray(0, magic.length).equals(Buffer.from(magic));

/** A file operation that failed; what is ours already, or an abort, stays as it is. */
export function fileError(error: unknown, path: string | Buffer): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (error instanceof FerryError || code === 'ABORT_ERR' || typeof code !== 'string') return error;
  const reason = code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'permission denied' : code;
  return new FerryError('host.file_failed', { path: String(path), reason }, error);
}

function gzipError(error: unknown, path: string | Buffer, bytes: number): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'Z_BUF_ERROR') return new FerryError('rdb.truncated', { offset: bytes }, error);
  if (code === 'Z_DATA_ERROR') return new FerryError('rdb.corrupt', { offset: bytes, reason: 'gzip data' }, error);
  return fileError(error, path);
}
