import { maxPayloadBytes } from './record.ts';
import type { Phase } from './segment.ts';

/** Bytes that wait to be written: neighbours of one phase, in one piece. */
export type Staged = { phase: Phase; at: number; bytes: Buffer; receivedAtMs: number };

/** `kept`: records in it that somebody still reads; `isOut`: all of it is written. */
type Slab = { buffer: Buffer; filled: number; kept: number; isOut: boolean };
type Run = { slab: Slab; phase: Phase; at: number; from: number; to: number; receivedAtMs: number };

/** While an RDB comes its reader may be 4 MiB behind; a stream is read at once. */
const maxSpareSlabs = { rdb: 16, stream: 4 };

/**
 * Gathers received pieces in big buffers that are used again and again, so that what a socket delivers is garbage at
 * once and is written in few big records.
 */
export class Staging {
  #runs: Run[] = [];
  #slab: Slab | null = null;
  #spare: Slab[] = [];
  #latest: Phase = 'rdb';
  readonly #lent = new WeakMap<ArrayBufferLike, Slab>();
  #isFrozen = false;
  #bytes = 0;

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What the oldest waiting bytes belong to; null when none wait. */
  get phase(): Phase | null {
    return this.#runs[0]?.phase ?? null;
  }

  append(phase: Phase, at: number, bytes: Buffer, receivedAtMs: number): void {
    this.#bytes += bytes.length;
    this.#latest = phase;
    this.#spare.length = Math.min(this.#spare.length, maxSpareSlabs[phase]);
    for (let done = 0; done < bytes.length; ) {
      const slab = this.#room();
      const size = Math.min(bytes.length - done, slab.buffer.length - slab.filled);
      bytes.copy(slab.buffer, slab.filled, done, done + size);
      this.#extend({ slab, phase, at: at + done, from: slab.filled, to: slab.filled + size, receivedAtMs });
      slab.filled += size;
      done += size;
    }
  }

  /** The oldest bytes that wait; they stay until `shift`. */
  peek(): Staged | null {
    const run = this.#runs[0];
    if (!run) return null;
    if (this.#runs.length === 1) this.#isFrozen = true;
    const { slab, phase, at, from, to, receivedAtMs } = run;
    return { phase, at, bytes: slab.buffer.subarray(from, to), receivedAtMs };
  }

  /** What `peek` gave is written. `isKept`: somebody still reads its memory, until `release` if ever. */
  shift(isKept: boolean): void {
    const run = this.#runs.shift();
    if (!run) return;
    this.#isFrozen = false;
    this.#bytes -= run.to - run.from;
    const { slab } = run;
    if (isKept) {
      slab.kept++;
      this.#lent.set(slab.buffer.buffer, slab);
    }
    // The run that fills a slab is its last one.
    if (run.to < slab.buffer.length) return;
    slab.isOut = true;
    if (slab === this.#slab) this.#slab = null;
    this.#reuse(slab);
  }

  /** Nobody reads bytes that `shift` left to others any more. */
  release(bytes: Buffer): void {
    const slab = this.#lent.get(bytes.buffer);
    if (!slab) return;
    slab.kept--;
    this.#reuse(slab);
  }

  /** Forgets what waits. Memory that is being written is not used again. */
  clear(): void {
    this.#runs = [];
    this.#slab = null;
    this.#isFrozen = false;
    this.#bytes = 0;
  }

  #reuse(slab: Slab): void {
    if (!slab.isOut || slab.kept > 0) return;
    this.#lent.delete(slab.buffer.buffer);
    if (this.#spare.length < maxSpareSlabs[this.#latest]) this.#spare.push(newSlab(slab.buffer));
  }

  #room(): Slab {
    const slab = this.#slab;
    if (slab && slab.filled < slab.buffer.length) return slab;
    const next = this.#spare.pop() ?? newSlab(Buffer.allocUnsafeSlow(maxPayloadBytes));
    this.#slab = next;
    return next;
  }

  #extend(run: Run): void {
    const last = this.#runs[this.#runs.length - 1];
    const isOpen = last && !(this.#isFrozen && this.#runs.length === 1);
    if (isOpen && last.slab === run.slab && last.phase === run.phase && last.to === run.from) last.to = run.to;
    else this.#runs.push(run);
  }
}

const newSlab = (buffer: Buffer): Slab => ({ buffer, filled: 0, kept: 0, isOut: false });
