import { FerryError } from '@cacheferry/kernel';
import type { ZstdSums } from './zstd-sums.ts';

/** What `zstd` itself takes without being told otherwise; a bigger window would have to be held in memory. */
const maxWindowBytes = 134_217_728;
const frameMagic = 0xfd2fb528;
const skippableMagic = 0x0184d2a5;
const mostHeaderBytes = 18;
const repeated = 1;

/** Whether a frame that begins so has no data of the content. */
export const isSkippable = (magic: number): boolean => magic >>> 4 === skippableMagic;

/**
 * Follows zstd frames through their packed bytes and refuses each that cannot be unpacked in bounded memory, before its
 * window is made: the first one, and those behind it.
 *
 * Throws `rdb.unsupported`. What is no frame is left to the unpacker to refuse. Spec: RFC 8878 §3.1.
 */
export class ZstdFrames {
  readonly #head = Buffer.alloc(mostHeaderBytes);
  #have = 0;
  #skip = 0;
  #state: 'frame' | 'block' | 'sum' | 'lost' = 'frame';
  #hasSum = false;
  readonly #sums: Pick<ZstdSums, 'block' | 'sum'>;

  /** `sums`: told of blocks and checksums. */
  constructor(sums: Pick<ZstdSums, 'block' | 'sum'>) {
    this.#sums = sums;
  }

  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.#state !== 'lost'; ) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, bytes.length - at);
        this.#skip -= passed;
        at += passed;
        continue;
      }
      this.#head[this.#have++] = bytes[at++] as number;
      if (this.#state === 'block') this.#block();
      else if (this.#state === 'sum') this.#sum();
      else this.#frame();
    }
  }

  #frame(): void {
    const head = this.#head;
    if (this.#have < 5) return;
    const magic = head.readUInt32LE(0);
    if (isSkippable(magic)) {
      if (this.#have < 8) return;
      this.#skip = head.readUInt32LE(4);
      this.#have = 0;
      return;
    }
    if (magic !== frameMagic) {
      this.#state = 'lost';
      return;
    }
    const { bytes, window, dictionary } = frameOf(head, this.#have);
    if (this.#have < bytes) return;
    if (window > maxWindowBytes)
      throw new FerryError('rdb.unsupported', { what: 'a zstd window of bytes', number: window, offset: 0 });
    if (dictionary > 0)
      throw new FerryError('rdb.unsupported', { what: 'a zstd dictionary, number', number: dictionary, offset: 0 });
    this.#hasSum = ((head[4] as number) & 4) !== 0;
    this.#have = 0;
    this.#state = 'block';
  }

  #block(): void {
    if (this.#have < 3) return;
    const head = this.#head.readUIntLE(0, 3);
    const size = head >>> 3;
    this.#skip = ((head >> 1) & 3) === repeated ? 1 : size;
    this.#have = 0;
    const isLast = (head & 1) !== 0;
    this.#sums.block({ isLast, hasSum: this.#hasSum });
    if (isLast) this.#state = this.#hasSum ? 'sum' : 'frame';
  }

  #sum(): void {
    if (this.#have < 4) return;
    this.#sums.sum(this.#head.readUInt32LE(0));
    this.#have = 0;
    this.#state = 'frame';
  }
}

/**
 * Shape: magic, descriptor; then the window byte (exponent and eighths) unless the frame is a single segment; dictionary
 * number; content size, which is the window of a single segment. Of what is not there yet nothing is said but `bytes`.
 */
function frameOf(head: Buffer, have: number): { bytes: number; window: number; dictionary: number } {
  const descriptor = head[4] as number;
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionaryAt = isSingle ? 5 : 6;
  const sizeAt = dictionaryAt + ([0, 1, 2, 4][descriptor & 3] as number);
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  const bytes = sizeAt + sizeBytes;
  if (have < bytes) return { bytes, window: 0, dictionary: 0 };
  const base = 2 ** (10 + ((head[5] as number) >> 3));
  const window = isSingle ? contentSize(head, sizeAt, sizeBytes) : base + (base / 8) * ((head[5] as number) & 7);
  const dictionary = sizeAt === dictionaryAt ? 0 : head.readUIntLE(dictionaryAt, sizeAt - dictionaryAt);
  return { bytes, window, dictionary };
}

function contentSize(head: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(head.readBigUInt64LE(at));
  return head.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}
