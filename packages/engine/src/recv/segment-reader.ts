import { type FileHandle, open } from 'node:fs/promises';
import { isPayloadWhole, maxPayloadBytes, readRecordHead, recordHeadBytes } from './record.ts';
import { markBefore, type Segment } from './segment.ts';

export type SpooledBytes = { at: number; bytes: Buffer; receivedAtMs: number };

const windowBytes = maxPayloadBytes + recordHeadBytes;

/** Reads the records of one segment in order, also while it is still written to. Bytes are valid until the next `read`. */
export class SegmentReader {
  readonly segment: Segment;
  readonly #file: FileHandle;
  readonly #window: Buffer;
  #fileAt: number;
  #length = 0;
  #offset = 0;

  private constructor(segment: Segment, file: FileHandle, fileAt: number, window: Buffer) {
    this.segment = segment;
    this.#file = file;
    this.#fileAt = fileAt;
    this.#window = window;
  }

  /** Opens a segment near a position; `window` is one buffer that a reader uses for all its segments. */
  static async open(segment: Segment, at: number, window: Buffer): Promise<SegmentReader> {
    return new SegmentReader(segment, await open(segment.path, 'r'), markBefore(segment, at).fileAt, window);
  }

  /** A buffer of the size that `open` needs. */
  static newWindow(): Buffer {
    return Buffer.allocUnsafeSlow(windowBytes);
  }

  /** The bytes from `at` to the end of their record; null at the end of what is written; 'damaged' when that can't be right. */
  async read(at: number): Promise<SpooledBytes | null | 'damaged'> {
    for (;;) {
      const head = readRecordHead(this.#window.subarray(0, this.#length), this.#offset);
      const end = head ? this.#offset + recordHeadBytes + head.length : Number.POSITIVE_INFINITY;
      if (!head || end > this.#length) {
        const filled = await this.#fill();
        if (filled !== true) return filled === 'end' ? null : 'damaged';
        continue;
      }
      if (head.at > at || !isPayloadWhole(this.#window, this.#offset, head.length)) return 'damaged';
      const start = this.#offset + recordHeadBytes;
      this.#offset = end;
      if (head.at + head.length <= at) continue;
      return { at, bytes: this.#window.subarray(start + at - head.at, end), receivedAtMs: head.receivedAtMs };
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Reads on from the record that is not whole in the window. 'stuck': more bytes would not make it one. */
  async #fill(): Promise<true | 'end' | 'stuck'> {
    const from = this.#fileAt + this.#offset;
    const left = this.segment.fileBytes - from;
    if (left <= 0) return 'end';
    const before = this.#offset === 0 ? this.#length : -1;
    const { bytesRead } = await this.#file.read(this.#window, 0, Math.min(windowBytes, left), from);
    this.#fileAt = from;
    this.#offset = 0;
    this.#length = bytesRead;
    return bytesRead <= before || bytesRead === 0 ? 'stuck' : true;
  }
}
