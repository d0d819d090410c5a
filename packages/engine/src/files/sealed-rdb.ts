import { Crc64, readMagic } from '@cacheferry/rdb';
import { openFile } from './open-file.ts';
import { readPlain } from './read-plain.ts';

/** The opcode that ends an RDB, and the checksum of all before it. */
const tailBytes = 9;
const checksumBytes = 8;
const endOpcode = 0xff;

/**
 * The size of a file that is one RDB, whole and with nothing behind it, by its checksum alone: several times as fast as
 * walking its records. `null` where that cannot be told so; then a walk tells what it is, and where it is damaged.
 *
 * Throws `rdb.bad_magic`, `rdb.unsupported`, `host.file_failed`, and the signal's reason.
 */
export async function sizeOfSealedRdb(
  path: string | Buffer,
  signal: AbortSignal,
  leastBytes = tailBytes,
): Promise<number | null> {
  const [head, tail] = [Buffer.alloc(tailBytes), Buffer.alloc(tailBytes)];
  const { file, size } = await openFile(path);
  try {
    if (size < Math.max(leastBytes, tailBytes)) return null;
    await file.read(head, 0, tailBytes, 0);
    await file.read(tail, 0, tailBytes, size - tailBytes);
  } finally {
    await file.close();
  }
  if (tail[0] !== endOpcode) return null;
  const sum = new Crc64();
  for await (const piece of readPlain(path, { from: 0, to: size - checksumBytes, signal }))
    sum.update(piece, 0, piece.length);
  if (!sum.matches(tail, 1)) return null;
  readMagic(head, 0);
  return size;
}
