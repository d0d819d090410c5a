import { FerryError } from '@cacheferry/kernel';
import { Crc64 } from './crc64.ts';
import { Cursor } from './cursor.ts';
import { skipLayout } from './layout-walk.ts';
import { opcode } from './records.ts';
import { recordLayouts } from './value-layout.ts';

/** What a DUMP payload has beside the value's body: the type byte before, version and checksum after. */
export const dumpOverhead = 11;

const crc = new Crc64();

/**
 * Writes the payload that RESTORE takes into `out` at `at`: type byte, body, version, checksum.
 *
 * The room needed is the body's length + `dumpOverhead`. The version is an upper bound that the target checks:
 * 6 is understood everywhere, newer value types need more (see `footerVersionFor`).
 * Returns the position after the payload.
 */
export function writeDumpPayload(
  out: Buffer,
  at: number,
  value: { type: number; buffer: Buffer; start: number; end: number },
  version = 6,
): number {
  const { type, buffer, start, end } = value;
  out[at] = type;
  let to = at + 1 + buffer.copy(out, at + 1, start, end);
  out[to++] = version & 255;
  out[to++] = version >>> 8;
  return crc.reset().update(out, at, to).write(out, to);
}

/** The payload as a buffer of its own. */
export function makeDumpPayload(type: number, body: Buffer, version = 6): Buffer {
  const out = Buffer.allocUnsafe(body.length + dumpOverhead);
  writeDumpPayload(out, 0, { type, buffer: body, start: 0, end: body.length }, version);
  return out;
}

/** The version to write for a value type: the lowest that its reader takes. Types from 22 on differ by family. */
export function footerVersionFor(type: number, magic: 'REDIS' | 'VALKEY'): number {
  if (type < 22) return 6;
  return magic === 'VALKEY' ? 80 : 12;
}

/** A payload as DUMP gives it, taken apart. `body` is a slice of it. */
export type DumpPayload = { type: number; body: Buffer; version: number; metaClasses: number };

const footerBytes = 10;

/**
 * Takes the answer of DUMP apart; key metadata of Redis ≥ 8.6, which stands before the type, is passed over and counted.
 *
 * The checksum is not looked at: the bytes come from a server that just made it. Throws `rdb.corrupt`.
 */
export function readDumpPayload(payload: Buffer): DumpPayload {
  const end = payload.length - footerBytes;
  if (end < 1) throw new FerryError('rdb.corrupt', { offset: 0, reason: 'DUMP payload too short' });
  const version = payload.readUInt16LE(end);
  const first = payload[0] as number;
  if (first !== opcode.keyMetaOrSlotImport) {
    return { type: first, body: payload.subarray(1, end), version, metaClasses: 0 };
  }
  const cursor = new Cursor();
  cursor.open(payload, 1, end);
  if (!cursor.count()) throw cursor.damaged('key metadata');
  const metaClasses = cursor.value;
  cursor.at = 1;
  if (!skipLayout(cursor, recordLayouts.keyMeta) || !cursor.skip(1)) throw cursor.damaged('key metadata');
  return { type: payload[cursor.at - 1] as number, body: payload.subarray(cursor.at, end), version, metaClasses };
}
