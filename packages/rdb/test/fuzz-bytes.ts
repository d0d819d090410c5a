import type { Random } from '@cacheferry/testkit';
import { AofWalker, RdbWalker, readValue } from '../src/index.ts';

/** Bytes that stand at the edges of lengths, signs and encodings. */
const edges = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xc3, 0xf0, 0xfe, 0xff];

const damages: readonly ((bytes: Buffer, at: number, random: Random) => Buffer)[] = [
  (bytes, at, random) => set(bytes, at, (bytes[at] as number) ^ (1 << random.below(8))),
  (bytes, at, random) => set(bytes, at, random.pick(edges)),
  (bytes, at, random) => set(bytes, at, random.below(256)),
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at, random) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16))]),
  (bytes, at, random) =>
    Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(at + 1)).subarray(0, 64), bytes.subarray(at)]),
  (bytes, at) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.from([0x81, 0x7f, ...Array(7).fill(0xff)]), bytes.subarray(at)]),
];

function set(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value;
  return bytes;
}

/** A copy with one to four damages, each likelier in the first kibibyte, where headers are. */
export function damage(original: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let left = 1 + random.below(4); left > 0 && bytes.length > 0; left--) {
    const at = random.below(random.chance(0.1) ? Math.min(1_024, bytes.length) : bytes.length);
    bytes = random.pick(damages)(bytes, at, random);
  }
  return bytes;
}

/** Reads all keys and values of an RDB that comes in pieces; returns how many keys there were. Throws as readers do. */
export function readRdb(bytes: Buffer, pieceBytes: number): number {
  let keys = 0;
  const walker: RdbWalker = new RdbWalker(
    {
      entry: (entry) => {
        keys++;
        readValue(entry.type, walker.magic, Buffer.from(entry.value));
      },
    },
    // A damaged file would fail by its checksum alone.
    { verifyChecksum: false },
  );
  inPieces(bytes, pieceBytes, (buffer, start, end) => walker.walk(buffer, start, end));
  walker.finish();
  return keys;
}

/** Reads all commands of an AOF that comes in pieces; returns how many there were. Throws as readers do. */
export function readAof(bytes: Buffer, pieceBytes: number): number {
  let commands = 0;
  const walker = new AofWalker({ command: () => void commands++ }, 'fuzzed.aof');
  const left = inPieces(bytes, pieceBytes, (buffer, start, end) => walker.walk(buffer, start, end));
  walker.finish(left);
  return commands;
}

function inPieces(
  bytes: Buffer,
  pieceBytes: number,
  walk: (buffer: Buffer, start: number, end: number) => number,
): number {
  let at = 0;
  for (let end = Math.min(pieceBytes, bytes.length); ; end = Math.min(end + pieceBytes, bytes.length)) {
    at = walk(bytes, at, end);
    if (end === bytes.length) return end - at;
  }
}
