import type { SpoolPosition } from './receiver.ts';
import type { Phase } from './segment.ts';
import type { WrittenRecord } from './spool-writer.ts';

const maxBytes = 4 * 1024 * 1024;

/**
 * The newest records in memory, so that a reader that keeps up needs no disk. While it is far behind nothing is kept:
 * what it will never find here would only grow old in memory.
 *
 * What a reader has left behind of an RDB is given back: whoever asks for a place is done with all before it.
 */
export class TailCache {
  #records: WrittenRecord[] = [];
  #first = 0;
  #bytes = 0;
  #wanted: SpoolPosition = { phase: 'rdb', at: 0 };
  readonly #release: (bytes: Buffer) => void;

  constructor(release: (bytes: Buffer) => void) {
    this.#release = release;
  }

  /** Where the reader is. */
  get wanted(): Readonly<SpoolPosition> {
    return this.#wanted;
  }

  /** Returns whether the record is kept. */
  add(record: WrittenRecord): boolean {
    const { phase, at } = this.#wanted;
    if (record.segment.phase !== phase || record.at - at > maxBytes) {
      if (this.#bytes > 0) this.clear();
      return false;
    }
    this.#records.push(record);
    this.#bytes += record.end - record.at;
    while (this.#bytes > maxBytes && this.#first < this.#records.length - 1) this.#drop();
    return true;
  }

  clear(): void {
    this.#records = [];
    this.#first = 0;
    this.#bytes = 0;
  }

  /** The bytes from a position to the end of their record; null when they are not here (any more). */
  find(phase: Phase, at: number): { bytes: Buffer; receivedAtMs: number } | null {
    this.#wanted = { phase, at };
    if (phase === 'rdb') this.#leaveBehind(at);
    const record = this.#recordAt(phase, at);
    return record && { bytes: record.bytes.subarray(at - record.at), receivedAtMs: record.receivedAtMs };
  }

  #leaveBehind(at: number): void {
    for (let next = this.#records[this.#first]; next; next = this.#records[this.#first]) {
      if (next.segment.phase !== 'rdb' || next.end > at) return;
      this.#drop();
      this.#release(next.bytes);
    }
  }

  #drop(): void {
    const old = this.#records[this.#first++] as WrittenRecord;
    this.#bytes -= old.end - old.at;
    if (this.#first <= 256) return;
    this.#records.splice(0, this.#first);
    this.#first = 0;
  }

  #recordAt(phase: Phase, at: number): WrittenRecord | null {
    let low = this.#first;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBehind(this.#records[middle] as WrittenRecord, phase, at)) low = middle + 1;
      else high = middle;
    }
    const record = this.#records[low];
    return record && record.segment.phase === phase && record.at <= at ? record : null;
  }
}

/** Whether a record ends before a place. All of an RDB comes before all of its stream. */
function isBehind(record: WrittenRecord, phase: Phase, at: number): boolean {
  if (record.segment.phase !== phase) return record.segment.phase === 'rdb';
  return record.end <= at;
}
