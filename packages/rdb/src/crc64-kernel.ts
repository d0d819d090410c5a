/**
 * The inner loop of CRC64 as a WebAssembly module, assembled here because it is a hundred instructions long:
 * slicing by 16, so per 16 bytes two loads and sixteen look-ups of 64 bits, over three lanes of the data in turn, because
 * one lane alone waits for its last look-up most of the time. The lanes are joined by eight look-ups each.
 *
 * Of long data all but the end is folded first, without any look-up: a block of sixteen bytes counts the same when it is
 * added (xor) to the blocks that are `delays` behind it, because 1 + Σ x^(128·delay) is a multiple of the polynomial.
 *
 * Memory: 16 tables of 256 × 8 bytes, 8 tables that move a checksum on by a lane of zeros, then the result (8 bytes),
 * zeros as long as the longest delay, then the data at `dataAt`, which is overwritten.
 */
export type Crc64Kernel = {
  memory: Uint8Array;
  result: Int32Array;
  /** Continues the checksum (low and high half) over `length` bytes at `dataAt`; `length` is a multiple of 16. */
  run(low: number, high: number, length: number): void;
};

export const tableCount = 16;
export const dataBytes = 131_072;
/** Tables that move a checksum on by the length of a lane, one for each of its bytes. */
export const laneTableCount = 8;
export const laneBytes = 1024;
const resultAt = (tableCount + laneTableCount) * 2048;
/** Found by search among sums of twelve powers; in blocks. */
const delays = [60, 71, 73, 103, 117, 135, 231, 244, 277, 283, 292, 304];
const blockBytes = 16;
const reachBytes = 304 * blockBytes;
/** Data shorter than that is not folded. */
const foldFrom = 16_384;
export const dataAt = resultAt + 64 + reachBytes;
const pages = Math.ceil((dataAt + dataBytes) / 65_536);

/** Compiles the kernel and fills in its tables: low and high half of each of the (16 + 8) × 256 entries in turn. */
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

/** Locals: 0 low, 1 high, 2 end of the data, 3 position, 4 end of a lane; 5 and 6 words, 7–9 checksums of the lanes. */
function body(): number[] {
  return [
    ...[2, 2, i32, 5, i64],
    ...[0x20, 0, 0xad, 0x20, 1, 0xad, 0x42, 32, 0x86, 0x84, 0x21, 7],
    ...[0x41, ...signed(dataAt), 0x22, 3, 0x20, 2, 0x6a, 0x21, 2],
    ...[0x20, 2, 0x20, 3, 0x6b, 0x41, ...signed(foldFrom), 0x4f, 0x04, 0x40, ...fold(), 0x0b],
    ...whileFits(laneBytes * 3, [
      ...[0x42, 0, 0x21, 8, 0x42, 0, 0x21, 9],
      ...[0x20, 3, 0x41, ...signed(laneBytes), 0x6a, 0x21, 4],
      ...[0x03, 0x40],
      ...[...step(7, 0), ...step(8, laneBytes), ...step(9, laneBytes * 2), ...forward(16)],
      ...[0x20, 3, 0x20, 4, 0x49, 0x0d, 0],
      0x0b,
      ...forward(laneBytes * 2),
      ...[...movedOn(7), 0x20, 8, 0x85, 0x21, 7, ...movedOn(7), 0x20, 9, 0x85, 0x21, 7],
    ]),
    ...whileFits(16, [...step(7, 0), ...forward(16)]),
    ...[0x41, ...signed(resultAt), 0x20, 7, 0x37, 3, 0],
    0x0b,
  ];
}

/** Folds the data into the end of it, from where the position is then; the checksum so far goes with the first bytes. */
function fold(): number[] {
  const back = (bytes: number) => [0x20, 3, 0x41, ...signed(bytes), 0x6b];
  return [
    ...[0x20, 3, 0x20, 3, 0x29, 3, 0, 0x20, 7, 0x85, 0x37, 3, 0, 0x42, 0, 0x21, 7],
    // The position goes one reach before the block, so that what is behind it lies at positive distances.
    ...[...back(reachBytes), 0x21, 3, 0x20, 2, 0x41, ...signed(reachBytes * 2 + blockBytes * 2), 0x6b, 0x21, 4],
    ...[0x03, 0x40, ...foldBlock(0), ...foldBlock(blockBytes), ...forward(blockBytes * 2)],
    ...[0x20, 3, 0x20, 4, 0x4d, 0x0d, 0, 0x0b],
    ...forward(reachBytes),
    ...delays.flatMap((delay) => foldEnd(delay * blockBytes, back)),
  ];
}

/** Adds to a block all that are folded into it. */
function foldBlock(behind: number): number[] {
  const load = (offset: number) => [0x20, 3, 0xfd, 0x00, 4, ...unsigned(offset + behind)];
  const folded = delays.flatMap((delay) => [...load(reachBytes - delay * blockBytes), 0xfd, 0x51]);
  return [0x20, 3, ...load(reachBytes), ...folded, 0xfd, 0x0b, 4, ...unsigned(reachBytes + behind)];
}

/** Adds to the blocks of the end those before it that are so many bytes away: blocks of the end are not folded. */
function foldEnd(bytes: number, back: (bytes: number) => number[]): number[] {
  const load = (offset: number) => [0x20, 4, 0xfd, 0x00, 4, ...unsigned(offset)];
  return [
    ...[...back(bytes), 0x21, 4, 0x03, 0x40, 0x20, 4],
    ...[...load(0), ...load(bytes), 0xfd, 0x51, 0xfd, 0x0b, 4, ...unsigned(bytes)],
    ...[0x20, 4, 0x41, blockBytes, 0x6a, 0x22, 4, 0x20, 3, 0x49, 0x0d, 0, 0x0b],
  ];
}

/** A loop that runs while so many bytes are left. */
function whileFits(bytes: number, inner: number[]): number[] {
  const isShort = [0x20, 2, 0x20, 3, 0x6b, 0x41, ...signed(bytes), 0x49];
  return [0x02, 0x40, 0x03, 0x40, ...isShort, 0x0d, 1, ...inner, 0x0c, 0, 0x0b, 0x0b];
}

const forward = (bytes: number) => [0x20, 3, 0x41, ...signed(bytes), 0x6a, 0x21, 3];

/** Takes the sixteen bytes at the position and so many behind it into the checksum of a lane. */
function step(lane: number, behind: number): number[] {
  return [
    ...[0x20, 3, 0x29, 3, ...unsigned(behind), 0x20, lane, 0x85, 0x21, 5],
    ...[0x20, 3, 0x29, 3, ...unsigned(behind + 8), 0x21, 6],
    ...[...lookups(5, 8), ...lookups(6, 0), ...Array<number>(15).fill(0x85), 0x21, lane],
  ];
}

/** The checksum of a lane as it would be behind another lane of zeros. */
const movedOn = (lane: number) => [...lookups(lane, tableCount), ...Array<number>(7).fill(0x85)];

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
