import { crc32 } from 'node:zlib';
import type { SpoolPosition } from './receiver.ts';

/** Bytes before the payload of each record of a spool segment. */
export const recordHeadBytes = 32;
/** The biggest payload of one record. */
export const maxPayloadBytes = 1024 * 1024;
/** Bytes before the first record of a segment. */
export const segmentHeadBytes = 32;

const magic = 0x46535031; // FSP1

export type RecordHead = { length: number; at: number; receivedAtMs: number };
export type SegmentHead = { generation: number; phase: SpoolPosition['phase']; start: number };

/**
 * The head of one record.
 *
 * Shape: u32 magic · u32 payload length · f64 position before the payload · f64 reception, epoch ms · u32 CRC-32 of the
 * payload · u32 CRC-32 of the 28 bytes before, all little endian.
 */
export function writeRecordHead(head: RecordHead, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(recordHeadBytes);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(head.length, 4);
  bytes.writeDoubleLE(head.at, 8);
  bytes.writeDoubleLE(head.receivedAtMs, 16);
  bytes.writeUInt32LE(crc32(payload), 24);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 28)), 28);
  return bytes;
}

/** Reads the head of a record at `offset`; null when it is damaged or none. */
export function readRecordHead(bytes: Buffer, offset: number): RecordHead | null {
  if (bytes.length - offset < recordHeadBytes || bytes.readUInt32LE(offset) !== magic) return null;
  if (crc32(bytes.subarray(offset, offset + 28)) !== bytes.readUInt32LE(offset + 28)) return null;
  const length = bytes.readUInt32LE(offset + 4);
  if (length === 0 || length > maxPayloadBytes) return null;
  return { length, at: bytes.readDoubleLE(offset + 8), receivedAtMs: bytes.readDoubleLE(offset + 16) };
}

/** Whether the payload behind the head at `offset` is what was written. */
export function isPayloadWhole(bytes: Buffer, offset: number, length: number): boolean {
  const start = offset + recordHeadBytes;
  return crc32(bytes.subarray(start, start + length)) === bytes.readUInt32LE(offset + 24);
}

/** The head of a segment file. Shape: `FSPSEG01` · u32 generation · u32 phase (0 rdb, 1 stream) · f64 start · u32 CRC-32 · u32 zero. */
export function writeSegmentHead(head: SegmentHead): Buffer {
  const bytes = Buffer.alloc(segmentHeadBytes);
  bytes.write('FSPSEG01', 0, 'latin1');
  bytes.writeUInt32LE(head.generation, 8);
  bytes.writeUInt32LE(head.phase === 'rdb' ? 0 : 1, 12);
  bytes.writeDoubleLE(head.start, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 24)), 24);
  return bytes;
}

/** Whether a segment file begins as the one that is expected there. */
export function isSegmentHead(bytes: Buffer, head: SegmentHead): boolean {
  return bytes.length >= segmentHeadBytes && bytes.subarray(0, segmentHeadBytes).equals(writeSegmentHead(head));
}
