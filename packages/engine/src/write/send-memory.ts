import { DumpArena } from '@cacheferry/rdb';
import { OutputBuffer } from './output-buffer.ts';

const inputBytes = 524_288;
const outputBytes = 1_310_720;
const unpackBytes = 65_536;
/** For each of up to six batches its commands, and the strings that it groups or the parts that nodes get of it. */
const outputs = 12;
const unpackAt = inputBytes + outputs * outputBytes;

/**
 * The memory between the spool and the target's socket: a place for the bytes that are being decoded and some for the
 * batches that are made from them, in one arena, so that payloads are made where they are sent from.
 */
export class SendMemory {
  readonly #arena = new DumpArena(inputBytes + outputs * outputBytes + unpackBytes);
  /** Begins at the arena's start: a position in it is one in the arena. */
  readonly input = this.#arena.bytes.subarray(0, inputBytes);
  /** A place for one unpacked value. */
  readonly unpackRoom = { bytes: this.#arena.bytes.subarray(unpackAt, unpackAt + unpackBytes), at: unpackAt };
  #givenBytes = 0;

  /** Takes all of it back, for an attempt whose buffers nobody uses any more. */
  restart(): this {
    this.#givenBytes = 0;
    return this;
  }

  /** An output buffer in the arena, or elsewhere when all of it is in use. */
  output(size = outputBytes): OutputBuffer {
    if (this.#givenBytes + size > outputs * outputBytes) return new OutputBuffer(size);
    const at = inputBytes + this.#givenBytes;
    this.#givenBytes += size;
    return new OutputBuffer({ arena: this.#arena, bytes: this.#arena.bytes.subarray(at, at + size), at });
  }
}
