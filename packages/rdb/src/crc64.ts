import {
  type Crc64Kernel,
  createCrc64Kernel,
  dataAt,
  dataBytes,
  laneBytes,
  laneTableCount,
  tableCount,
} from './crc64-kernel.ts';

/** The polynomial with its bits reversed, as a reflected checksum uses it. */
const polynomial = { low: 0xac4bc9b5, high: 0x95ac9329 };
/** Table entries as pairs of low and high half: 16 tables of 256. */
export const crc64Tables = makeTables();
const tables = crc64Tables;
const wasmFrom = 768;
/** Of a lane, in pieces that need no kernel. */
const shortBytes = laneBytes / 2;
let kernel: Crc64Kernel | undefined;

/**
 * A running CRC64 as RDB files and DUMP payloads carry it, held in two halves because a `bigint` per payload costs
 * more than the checksum.
 *
 * Spec: redis crc64.c ("Jones": reflected 0xad93d23594c935a9, start 0, no final xor).
 */
export class Crc64 {
  low = 0;
  high = 0;

  /** Starts anew. */
  reset(): this {
    this.low = 0;
    this.high = 0;
    return this;
  }

  /** Continues over `buffer[start, end)`. */
  update(buffer: Uint8Array, start: number, end: number): this {
    let at = start;
    if (end - at >= wasmFrom) at = this.#updateLong(buffer, at, end);
    this.#updateShort(buffer, at, end);
    return this;
  }

  /** Writes the eight bytes, low byte first, as files and payloads have them; returns the position after. */
  write(buffer: Uint8Array, at: number): number {
    for (let i = 0; i < 4; i++) {
      buffer[at + i] = this.low >>> (i * 8);
      buffer[at + 4 + i] = this.high >>> (i * 8);
    }
    return at + 8;
  }

  /** Whether the eight bytes at `at` are this checksum. */
  matches(buffer: Uint8Array, at: number): boolean {
    return word(buffer, at) === (this.low | 0) && word(buffer, at + 4) === (this.high | 0);
  }

  /** The checksum as one number. */
  get value(): bigint {
    return (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
  }

  #updateLong(buffer: Uint8Array, start: number, end: number): number {
    kernel ??= createCrc64Kernel(kernelTables());
    let at = start;
    while (end - at >= 16) {
      const length = Math.min(dataBytes, end - at) & ~15;
      kernel.memory.set(buffer.subarray(at, at + length), dataAt);
      kernel.run(this.low, this.high, length);
      this.low = kernel.result[0] as number;
      this.high = kernel.result[1] as number;
      at += length;
    }
    return at;
  }

  #updateShort(buffer: Uint8Array, start: number, end: number): void {
    let low = this.low;
    let high = this.high;
    let at = start;
    for (; end - at >= 8; at += 8) {
      const a = low ^ word(buffer, at);
      const b = high ^ word(buffer, at + 4);
      const i = 0xe00 | ((a & 255) << 1);
      const j = 0xc00 | ((a >>> 7) & 510);
      const k = 0xa00 | ((a >>> 15) & 510);
      const l = 0x800 | ((a >>> 23) & 510);
      const m = 0x600 | ((b & 255) << 1);
      const n = 0x400 | ((b >>> 7) & 510);
      const o = 0x200 | ((b >>> 15) & 510);
      const p = (b >>> 23) & 510;
      low = entry(i) ^ entry(j) ^ entry(k) ^ entry(l) ^ entry(m) ^ entry(n) ^ entry(o) ^ entry(p);
      high =
        entry(i + 1) ^
        entry(j + 1) ^
        entry(k + 1) ^
        entry(l + 1) ^
        entry(m + 1) ^
        entry(n + 1) ^
        entry(o + 1) ^
        entry(p + 1);
    }
    for (; at < end; at++) {
      const i = ((low ^ (buffer[at] as number)) & 255) << 1;
      low = ((low >>> 8) | (high << 24)) ^ entry(i);
      high = (high >>> 8) ^ entry(i + 1);
    }
    this.low = low;
    this.high = high;
  }
}

/** CRC64 of `buffer[start, end)`, continued from `seed`. */
export function crc64(buffer: Uint8Array, start = 0, end = buffer.length, seed = 0n): bigint {
  const crc = new Crc64();
  crc.low = Number(BigInt.asIntN(32, seed));
  crc.high = Number(BigInt.asIntN(32, seed >> 32n));
  return crc.update(buffer, start, end).value;
}

function word(b: Uint8Array, at: number): number {
  return byte(b, at) | (byte(b, at + 1) << 8) | (byte(b, at + 2) << 16) | (byte(b, at + 3) << 24);
}

function byte(buffer: Uint8Array, at: number): number {
  return buffer[at] as number;
}

function entry(index: number): number {
  return tables[index] as number;
}

function makeTables(): Int32Array {
  const made = new Int32Array(tableCount * 512);
  for (let first = 0; first < 256; first++) {
    let low = first;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const carry = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carry) {
        low ^= polynomial.low;
        high ^= polynomial.high;
      }
    }
    made.set([low, high], first * 2);
  }
  for (let i = 512; i < made.length; i += 2) {
    const low = made[i - 512] as number;
    const high = made[i - 511] as number;
    const next = (low & 255) * 2;
    made[i] = ((low >>> 8) | (high << 24)) ^ (made[next] as number);
    made[i + 1] = (high >>> 8) ^ (made[next + 1] as number);
  }
  return made;
}

/** The tables, and behind them those of `laneTableCount`: what a byte of a checksum becomes behind a lane of zeros. */
function kernelTables(): Int32Array {
  const made = new Int32Array((tableCount + laneTableCount) * 512);
  made.set(tables);
  const zeros = new Uint8Array(laneBytes);
  const crc = new Crc64();
  for (let table = 0; table < laneTableCount; table++) {
    // As `lookups` has it, the first byte takes the last table.
    const byte = laneTableCount - 1 - table;
    const at = (tableCount + table) * 512;
    for (let bit = 1; bit < 256; bit *= 2) {
      crc.low = byte < 4 ? bit << (byte * 8) : 0;
      crc.high = byte < 4 ? 0 : bit << (byte * 8 - 32);
      for (let at = 0; at < laneBytes; at += shortBytes) crc.update(zeros, 0, shortBytes);
      for (let rest = 0; rest < bit; rest++) {
        made[at + (bit + rest) * 2] = (made[at + rest * 2] as number) ^ crc.low;
        made[at + (bit + rest) * 2 + 1] = (made[at + rest * 2 + 1] as number) ^ crc.high;
      }
    }
  }
  return made;
}
