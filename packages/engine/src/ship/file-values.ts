import { FerryError, printableKey } from '@cacheferry/kernel';
import { PackedParts, type RdbEntry, type RdbMagic } from '@cacheferry/rdb';
import type { RestoreValue } from '../write/restore-command.ts';
import { type UnpackRoom, ValueUnpacker } from './value-unpacker.ts';

/**
 * Values of a file on their way into RESTORE. A server that gives its data away has held them in memory; of those in a file
 * nobody knows, and with a right checksum a target takes them as they are and ends at the first access to a broken one.
 */
export class FileValues {
  readonly #unpacker: ValueUnpacker;
  #parts = new PackedParts('REDIS');
  #magic: RdbMagic = 'REDIS';

  constructor(room: UnpackRoom) {
    this.#unpacker = new ValueUnpacker(room);
  }

  /** Unpacks a value where that is worth it. Throws `rdb.corrupt` when a packed part of it contradicts itself. */
  take(entry: RdbEntry, value: RestoreValue, magic: RdbMagic): void {
    if (magic !== this.#magic) {
      this.#parts = new PackedParts(magic);
      this.#magic = magic;
    }
    this.#unpacker.unpack(value);
    if (this.#parts.isSound(value.type, value.buffer, value.start, value.end)) return;
    const reason = `the value of ${printableKey(entry.key)}: elements that contradict their lengths`;
    throw new FerryError('rdb.corrupt', { offset: entry.offset, reason });
  }
}
