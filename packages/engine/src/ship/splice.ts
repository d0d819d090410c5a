import { Window } from './window.ts';

/** Finds whole records in `buffer[start, end)` and returns where the rest begins. */
export type RecordWalker = {
  walk(buffer: Buffer, start: number, end: number): number;
  /** How many bytes must be there, left-over included, before anything more can be whole. */
  readonly needBytes: number;
  /** Set when the last walk stopped before a whole record, to be called again with it. */
  readonly isHeld?: boolean;
};

const sliceBytes = 131_072;
const joinBytes = 4_096;

/**
 * Hands pieces of a byte stream to a walker that wants whole records.
 *
 * Records within one piece are walked where they lie; only one that is cut between two pieces is copied together.
 */
export class Splice {
  readonly #walker: RecordWalker;
  readonly #window: Window;
  readonly #isHome: boolean;

  /** `home`: memory in which all records are to be walked; without it they are walked where they came. */
  constructor(walker: RecordWalker, home: Buffer | null = null) {
    this.#walker = walker;
    this.#window = home ? new Window(home) : new Window();
    this.#isHome = home !== null;
  }

  /** Bytes of a record that is not whole yet. */
  get heldBytes(): number {
    return this.#window.length;
  }

  /**
   * Walks a piece in slices. The iterator pauses after each, so that the caller can wait for whoever takes the records;
   * the piece must stay as it is until the iteration ends.
   */
  *take(bytes: Buffer): Generator<void> {
    if (this.#isHome) return yield* this.#takeHome(bytes);
    let at = 0;
    while (this.#window.length > 0 && (at < bytes.length || this.#walker.isHeld)) {
      at = this.#join(bytes, at);
      yield;
    }
    for (let end = at; end < bytes.length || (end > at && this.#walker.isHeld); ) {
      end = Math.min(bytes.length, Math.max(end, at + this.#walker.needBytes) + sliceBytes);
      at = this.#walker.walk(bytes, at, end);
      yield;
    }
    if (at < bytes.length) this.#window.append(bytes.subarray(at), this.#walker.needBytes);
  }

  *#takeHome(bytes: Buffer): Generator<void> {
    const window = this.#window;
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      const piece = bytes.subarray(at, at + sliceBytes);
      const { needBytes } = this.#walker;
      window.append(piece, needBytes);
      if (window.length < needBytes) continue;
      let isHeld = true;
      while (isHeld) {
        window.consume(this.#walker.walk(window.buffer, window.start, window.end));
        isHeld = this.#walker.isHeld === true;
        yield;
      }
    }
  }

  /** Completes the record that was cut; returns from where the piece can be walked directly. */
  #join(bytes: Buffer, at: number): number {
    const window = this.#window;
    const missing = Math.max(joinBytes, this.#walker.needBytes - window.length);
    const next = Math.min(bytes.length, at + missing);
    window.append(bytes.subarray(at, next), this.#walker.needBytes);
    const walked = this.#walker.walk(window.buffer, window.start, window.end);
    const left = window.end - walked;
    if (left > next - at) {
      window.consume(walked);
      return next;
    }
    window.consume(window.end);
    return next - left;
  }
}
