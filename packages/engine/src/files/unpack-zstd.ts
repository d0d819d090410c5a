import { FerryError } from '@cacheferry/kernel';
import { Decompress, type ZstdError } from 'fzstd';
import xxhash from 'xxhash-wasm';
import type { UnpackLimit } from './unpack-limit.ts';
import { ZstdFrames } from './zstd-frames.ts';
import { ZstdSums } from './zstd-sums.ts';

/** How much packed data is unpacked at a time: four bytes of it can become 128 KiB. */
const stepBytes = 1024;
const unexpectedEnd = 5;

/**
 * Unpacks zstd frames piece by piece, and compares their checksums; memory is the window of a frame and one step.
 *
 * Throws `rdb.corrupt`, `rdb.truncated`, `rdb.unsupported`.
 */
export async function* unpackZstd(packed: AsyncIterable<Buffer>, limit: UnpackLimit): AsyncGenerator<Buffer> {
  let ready: Buffer[] = [];
  let bytes = 0;
  let taken = 0;
  const sums = new ZstdSums(await xxhash());
  const unpacker = new Decompress((chunk) => {
    sums.unpacked(chunk);
    bytes += chunk.length;
    limit.add(chunk.length, taken);
    ready.push(Buffer.from(chunk));
  });
  const frames = new ZstdFrames(sums);
  for await (const chunk of packed) {
    for (let at = 0; at < chunk.length; at += stepBytes) {
      const step = chunk.subarray(at, at + stepBytes);
      taken += step.length;
      frames.take(step);
      push(unpacker, step, bytes);
      sums.compare(bytes);
      yield* ready;
      ready = [];
    }
  }
  push(unpacker, new Uint8Array(0), bytes, true);
  yield* ready;
}

/** `offset`: bytes that came out before. Throws `rdb.truncated` and `rdb.corrupt`. */
function push(unpacker: Decompress, step: Uint8Array, offset: number, isLast = false): void {
  try {
    unpacker.push(step, isLast);
  } catch (error) {
    throw asFerryError(error, offset);
  }
}

/** Damage that the unpacker does not notice ends in an error of the arrays it works on. */
function asFerryError(error: unknown, offset: number): unknown {
  if (error instanceof FerryError) return error;
  const code = (error as Partial<ZstdError> | null)?.code;
  if (code === unexpectedEnd) return new FerryError('rdb.truncated', { offset }, error);
  return new FerryError('rdb.corrupt', { offset, reason: 'zstd data' }, error);
}
