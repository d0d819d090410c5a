/**
 * The inner loop of CRC64 as a WebAssembly module, assembled here because it is forty instructions long:
 * slicing by 16, so per 16 bytes two loads and sixteen look-ups of 64 bits.
 *
 * Memory: 16 tables of 256 × 8 bytes, then the result (8 bytes), then the data at `dataAt`.
 */
export type Crc64Kernel = {
  memory: Uint8Array;
  result: Int32Array;
  /** Continues the checksum (low and high half) over `length` bytes at `dataAt`; `length` is a multiple of 16. */
  run(low: number, high: number, length: number): void;
};

export const tableCount = 16;
export const dataBytes = 131_072;
const resultAt = tableCount * 2048;
export const dataAt = resultAt + 64;
const pages = Math.ceil((dataAt + dataBytes) / 65_536);

/** Compiles the kernel and fills in its tables: low and high half of each of the 16 × 256 entries in turn. */
export function createCrc64Kernel(tables: Int32Array): Crc64Kernel {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { memory, run } = instance.exports as { memory: WebAssembly.Memory; run: Crc64Kernel['run'] };
  new Int32Array(memory.buffer, 0, tables.length).set(tables);
  return { memory: new Uint8Array(memory.buffer), result: new Int32Array(memory.buffer, resultAt, 2), run };
}

const i32 = 0x7f;
const i64 = 0x7e;

function moduleBytes(): Uint8Array<ArrayBuffer> {
  return assemble({ pages, types: [[i32, i32, i32]], functions: [{ name: 'run', type: 0, body: body() }] });
}

type ModuleParts = {
  pages: number;
  /** Parameters of each type; no function returns anything. */
  types: readonly (readonly number[])[];
  functions: readonly { name: string; type: number; body: readonly number[] }[];
};

/** A module of a memory, named `memory`, and some functions. */
export function assemble({ pages: memoryPages, types, functions }: ModuleParts): Uint8Array<ArrayBuffer> {
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [types.length, ...types.flatMap((parameters) => [0x60, parameters.length, ...parameters, 0])]),
    ...section(3, [functions.length, ...functions.map(({ type }) => type)]),
    ...section(5, [1, 0, ...unsigned(memoryPages)]),
    ...section(7, [
      functions.length + 1,
      ...[...name('memory'), 2, 0],
      ...functions.flatMap((one, index) => [...name(one.name), 0, index]),
    ]),
    ...section(10, [functions.length, ...functions.flatMap((one) => sized([...one.body]))]),
  ]);
}

/** Locals: 0 low, 1 high, 2 end of the data, 3 position; 4 first and 5 second word, 6 checksum. */
function body(): number[] {
  return [
    ...[2, 1, i32, 3, i64],
    ...[0x20, 0, 0xad, 0x20, 1, 0xad, 0x42, 32, 0x86, 0x84, 0x21, 6],
    ...[0x41, ...signed(dataAt), 0x22, 3, 0x20, 2, 0x6a, 0x21, 2],
    ...[0x02, 0x40, 0x03, 0x40],
    ...[0x20, 3, 0x20, 2, 0x4f, 0x0d, 1],
    ...[0x20, 3, 0x29, 3, 0, 0x20, 6, 0x85, 0x21, 4],
    ...[0x20, 3, 0x29, 3, 8, 0x21, 5],
    ...lookups(4, 8),
    ...lookups(5, 0),
    ...[...Array(15).fill(0x85), 0x21, 6],
    ...[0x20, 3, 0x41, 16, 0x6a, 0x21, 3],
    ...[0x0c, 0, 0x0b, 0x0b],
    ...[0x41, ...signed(resultAt), 0x20, 6, 0x37, 3, 0],
    0x0b,
  ];
}

/** Eight look-ups, one per byte of a word; its first byte is the furthest from the end and takes the highest table. */
export function lookups(word: number, firstTable: number): number[] {
  const code: number[] = [];
  for (let byte = 0; byte < 8; byte++) {
    code.push(0x20, word);
    if (byte > 0) code.push(0x42, byte * 8, 0x88);
    code.push(0xa7, 0x41, 0xff, 0x01, 0x71, 0x41, 3, 0x74);
    code.push(0x29, 3, ...unsigned((firstTable + 7 - byte) * 2048));
  }
  return code;
}

const name = (text: string) => [text.length, ...Buffer.from(text)];
const sized = (bytes: number[]) => [...unsigned(bytes.length), ...bytes];
const section = (id: number, bytes: number[]) => [id, ...sized(bytes)];

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** A signed number as the format writes it. */
export function signed(value: number): number[] {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
