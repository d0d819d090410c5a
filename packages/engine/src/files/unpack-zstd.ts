import { FerryError } from '@cacheferry/kernel';
import { Decompress, type ZstdError } from 'fzstd';
import type { UnpackLimit } from './unpack-limit.ts';

/** How much packed data is unpacked at a time: four bytes of it can become 128 KiB. */
const stepBytes = 1024;
/** What `zstd` itself takes without being told otherwise; a bigger window would have to be held in memory. */
const maxWindowBytes = 134_217_728;
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
  let isFirst = true;
  try {
    for await (const chunk of packed) {
      if (isFirst) checkWindow(chunk);
      isFirst = false;
      for (let at = 0; at < chunk.length; at += stepBytes) {
        const step = chunk.subarray(at, at + stepBytes);
        taken += step.length;
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

/**
 * Refuses a frame whose window is too big to be held.
 *
 * Shape: magic, descriptor; then the window byte (exponent and eighths) unless the frame is a single segment, which
 * states its content size behind an optional dictionary id. Spec: RFC 8878 §3.1.1.1.
 */
function checkWindow(start: Buffer): void {
  const descriptor = start[4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const windowByte = start[5] ?? 0;
  const base = 2 ** (10 + (windowByte >> 3));
  const window = isSingle ? contentSize(start, descriptor) : base + (base / 8) * (windowByte & 7);
  if (window > maxWindowBytes) {
    throw new FerryError('rdb.unsupported', { what: 'a zstd window of bytes', number: window, offset: 0 });
  }
}

function contentSize(start: Buffer, descriptor: number): number {
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  if (start.length < at + 8) return 0;
  switch (descriptor >> 6) {
    case 0:
      return start[at] ?? 0;
    case 1:
      return start.readUInt16LE(at) + 256;
    case 2:
      return start.readUInt32LE(at);
    default:
      return Number(start.readBigUInt64LE(at));
  }
}
