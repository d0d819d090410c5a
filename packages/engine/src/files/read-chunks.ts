import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { FerryError } from '@cacheferry/kernel';
import { classifyFileError } from '../state/file-error.ts';
import { openFile } from './open-file.ts';
import { readPlain } from './read-plain.ts';
import { UnpackLimit } from './unpack-limit.ts';
import { unpackZstd } from './unpack-zstd.ts';
import { isSkippable } from './zstd-frames.ts';

/** Which bytes, after unpacking. */
export type Extent = { from?: number; to?: number };

const chunkBytes = 262_144;
const gzipMagic = [0x1f, 0x8b];
const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * The bytes of a file in order, unpacked when it is a gzip or zstd file (told by its first bytes, not by its name).
 * A chunk is valid until the next one is asked for.
 *
 * Throws `host.file_failed`, `upload.bomb`, and `rdb.truncated` or `rdb.corrupt` for a packed file that is damaged.
 */
export async function* readChunks(
  path: string | Buffer,
  signal: AbortSignal,
  { from = 0, to = Number.POSITIVE_INFINITY }: Extent = {},
): AsyncGenerator<Buffer> {
  if (from >= to) return;
  const pack = await packOf(path);
  if (pack === null) return yield* readPlain(path, { from, to, signal });
  let at = 0;
  const limit = new UnpackLimit(String(path));
  for await (const chunk of pack === 'zstd' ? unpackZstd(streamOf(path, signal), limit) : gunzip(path, limit, signal)) {
    const start = Math.max(0, from - at);
    const end = Math.min(chunk.length, to - at);
    if (start < end) yield chunk.subarray(start, end);
    at += chunk.length;
    if (at >= to) return;
  }
}

/** By what a file is packed; null when it is not. */
async function packOf(path: string | Buffer): Promise<'gzip' | 'zstd' | null> {
  const { file } = await openFile(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const first = buffer.subarray(0, bytesRead);
    if (startsWith(first, zstdMagic) || beginsSkippable(first)) return 'zstd';
    return startsWith(first, gzipMagic) ? 'gzip' : null;
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await file.close();
  }
}

async function* gunzip(path: string | Buffer, limit: UnpackLimit, signal: AbortSignal): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: chunkBytes, signal });
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  const unpacked = file.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  let bytes = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      limit.add(chunk.length, gunzip.bytesWritten);
      yield chunk;
    }
  } catch (error) {
    throw gzipError(error, path, bytes);
  } finally {
    file.destroy();
  }
}

async function* streamOf(path: string | Buffer, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, signal })) yield chunk as Buffer;
  } catch (error) {
    throw fileError(error, path);
  }
}

/** A frame of zstd without data, as those begin that were packed by several threads. */
const beginsSkippable = (first: Buffer) => first.length === 4 && isSkippable(first.readUInt32LE(0));
const startsWith = (bytes: Buffer, magic: number[]) => bytes.subarray(0, magic.length).equals(Buffer.from(magic));

/** A file operation that failed; what is ours already, or an abort, stays as it is. */
function fileError(error: unknown, path: string | Buffer): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ABORT_ERR' || typeof code !== 'string' ? error : classifyFileError(error, String(path));
}

function gzipError(error: unknown, path: string | Buffer, bytes: number): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'Z_BUF_ERROR') return new FerryError('rdb.truncated', { offset: bytes }, error);
  if (code === 'Z_DATA_ERROR') return new FerryError('rdb.corrupt', { offset: bytes, reason: 'gzip data' }, error);
  return fileError(error, path);
}
