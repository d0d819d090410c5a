import { assemble, lookups, signed } from './crc64-kernel.ts';
import { crc64Tables } from './crc64.ts';
import { dumpOverhead } from './dump-payload.ts';

const i32 = 0x7f;
const i64 = 0x7e;
const tableBytes = 32_768;
const pageBytes = 65_536;
let compiled: { pages: number; module: WebAssembly.Module } | null = null;

/**
 * Memory in which DUMP payloads are made without a copy through JavaScript: where value and payload both lie in it, one
 * call copies the body, puts type and version around it and adds the checksum.
 *
 * Positions are those of `bytes`. Bench: `packages/rdb/test/walker.bench.mjs`.
 */
export class DumpArena {
  /** The room of the arena; its address never changes. */
  readonly bytes: Buffer;
  readonly #payload: ArenaCode['payload'];
  readonly #bulk: ArenaCode['bulk'];
  readonly #copy: ArenaCode['copy'];

  constructor(size: number) {
    const pages = Math.ceil((tableBytes + size) / pageBytes);
    if (compiled?.pages !== pages) compiled = { pages, module: new WebAssembly.Module(moduleBytes(pages)) };
    const { memory, payload, bulk, copy } = new WebAssembly.Instance(compiled.module).exports as ArenaCode;
    new Int32Array(memory.buffer, 0, crc64Tables.length).set(crc64Tables);
    this.bytes = Buffer.from(memory.buffer, tableBytes, size);
    this.#payload = payload;
    this.#bulk = bulk;
    this.#copy = copy;
  }

  /**
   * Writes a payload at `to` from the body of `length` bytes at `from`; both lie in the arena and do not overlap.
   *
   * `kind`: the type, and the version times 256. Returns the position behind it.
   */
  payload(from: number, length: number, kind: number, to: number): number {
    this.#payload(from + tableBytes, length, kind, to + tableBytes);
    return to + length + dumpOverhead;
  }

  /**
   * Writes `length` bytes at `from` as a bulk string at `to`: `$`, the length in so many `digits`, the bytes.
   *
   * Spec: RESP, bulk strings.
   */
  bulk(from: number, length: number, digits: number, to: number): void {
    this.#bulk(from + tableBytes, length, digits, to + tableBytes);
  }

  /** Copies `length` bytes from one place of the arena to another: for short pieces faster than what `Buffer` has. */
  copy(from: number, length: number, to: number): void {
    this.#copy(from + tableBytes, length, 0, to + tableBytes);
  }
}

type Code = (from: number, length: number, third: number, to: number) => void;
type ArenaCode = { memory: WebAssembly.Memory; payload: Code; bulk: Code; copy: Code };

function moduleBytes(pages: number): Uint8Array<ArrayBuffer> {
  return assemble({
    pages,
    types: [[i32, i32, i32, i32]],
    functions: [
      { name: 'payload', type: 0, body: payloadBody() },
      { name: 'bulk', type: 0, body: bulkBody() },
      { name: 'copy', type: 0, body: [0, 0x20, 3, 0x20, 0, 0x20, 1, 0xfc, 0x0a, 0, 0, 0x0b] },
    ],
  });
}

/**
 * Parameters: 0 body, 1 its length, 2 type and version, 3 target. Locals: 4 position, 5 end of whole sixteens,
 * 6 end, 7 first and 8 second word, 9 checksum.
 */
function payloadBody(): number[] {
  return [
    ...[2, 3, i32, 3, i64],
    // The type byte, the body, two bytes of version.
    ...[0x20, 3, 0x20, 2, 0x3a, 0, 0],
    ...[0x20, 3, 0x41, 1, 0x6a, 0x20, 0, 0x20, 1, 0xfc, 0x0a, 0, 0],
    ...[0x20, 3, 0x20, 1, 0x6a, 0x20, 2, 0x41, 8, 0x76, 0x3b, 0, 1],
    // From where to where the checksum goes.
    ...[0x20, 3, 0x21, 4],
    ...[0x20, 3, 0x20, 1, 0x6a, 0x41, 3, 0x6a, 0x21, 6],
    ...[0x20, 4, 0x20, 6, 0x20, 4, 0x6b, 0x41, ...signed(-16), 0x71, 0x6a, 0x21, 5],
    // Sixteen bytes at a time.
    ...[0x02, 0x40, 0x03, 0x40],
    ...[0x20, 4, 0x20, 5, 0x4f, 0x0d, 1],
    ...[0x20, 4, 0x29, 0, 0, 0x20, 9, 0x85, 0x21, 7],
    ...[0x20, 4, 0x29, 0, 8, 0x21, 8],
    ...lookups(7, 8),
    ...lookups(8, 0),
    ...[...Array(15).fill(0x85), 0x21, 9],
    ...[0x20, 4, 0x41, 16, 0x6a, 0x21, 4],
    ...[0x0c, 0, 0x0b, 0x0b],
    // The rest, byte by byte.
    ...[0x02, 0x40, 0x03, 0x40],
    ...[0x20, 4, 0x20, 6, 0x4f, 0x0d, 1],
    ...[0x20, 9, 0xa7, 0x20, 4, 0x2d, 0, 0, 0x73, 0x41, 0xff, 0x01, 0x71, 0x41, 3, 0x74, 0x29, 3, 0],
    ...[0x20, 9, 0x42, 8, 0x88, 0x85, 0x21, 9],
    ...[0x20, 4, 0x41, 1, 0x6a, 0x21, 4],
    ...[0x0c, 0, 0x0b, 0x0b],
    ...[0x20, 6, 0x20, 9, 0x37, 0, 0],
    0x0b,
  ];
}

/** Parameters: 0 bytes, 1 their length, 2 its digits, 3 target. Locals: 4 where the digits end, 5 digit, 6 what is left. */
function bulkBody(): number[] {
  const lineEnd = [0x41, ...signed(0x0a0d), 0x3b, 0, 0];
  return [
    ...[1, 3, i32],
    ...[0x20, 3, 0x41, 0x24, 0x3a, 0, 0],
    ...[0x20, 3, 0x20, 2, 0x6a, 0x41, 1, 0x6a, 0x22, 4, ...lineEnd],
    ...[0x20, 4, 0x41, 2, 0x6a, 0x20, 0, 0x20, 1, 0xfc, 0x0a, 0, 0],
    ...[0x20, 4, 0x20, 1, 0x6a, 0x41, 2, 0x6a, ...lineEnd],
    // The digits, from the last one on.
    ...[0x20, 1, 0x21, 6, 0x20, 4, 0x21, 5],
    ...[0x03, 0x40],
    ...[0x20, 5, 0x41, 1, 0x6b, 0x22, 5],
    ...[0x20, 6, 0x41, 10, 0x70, 0x41, 0x30, 0x6a, 0x3a, 0, 0],
    ...[0x20, 6, 0x41, 10, 0x6e, 0x22, 6, 0x0d, 0],
    0x0b,
    0x0b,
  ];
}
