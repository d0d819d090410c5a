import { FerryError } from '@cacheferry/kernel';
import { Decompress, type ZstdError } from 'fzstd';
import type { UnpackLimit } from './unpack-limit.ts';
import { ZstdFrames } from './zstd-frames.ts';

/** How much packed data is unpacked at a time: four bytes of it can become 128 KiB. */
const stepBytes = 1024;
const unexpectedEnd = 5;

/** Unpacks zstd frames piece by piece; memory is the window of a frame and one step. */
export async function* unpackZstd(packed: AsyncIterable<Buffer>, limit: UnpackLimit): AsyncGenerator<Buffer> {
  let ready: Buffer[] = [];
  let bytes = 0;
  let taken = 0;
  const unpacker = new Decompress((chunk) => {
    bytes += chunk.length;
    limit.add(chunk.length, taken);
    ready.push(Buffer.from(chunk));
  });
  const frames = new ZstdFrames();
  try {
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length; at += stepBytes) {
        const step = chunk.subarray(at, at + stepBytes);
        taken += step.length;
        frames.take(step);
        unpacker.push(step);
        yield* ready;
        ready = [];
      }
    }
    unpacker.push(new Uint8Array(0), true);
    yield* ready;
  } catch (error) {
    throw asFerryError(error, bytes);
  }
}

function asFerryError(error: unknown, offset: number): unknown {
  const code = (error as Partial<ZstdError> | null)?.code;
  if (typeof code !== 'number') return error;
  if (code === unexpectedEnd) return new FerryError('rdb.truncated', { offset }, error);
  return new FerryError('rdb.corrupt', { offset, reason: 'zstd data' }, error);
}
