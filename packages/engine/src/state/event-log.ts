import { closeSync, fsyncSync, ftruncateSync, writeSync } from 'node:fs';
import { type Clock, FerryError, type LogFields, type Logger } from '@cacheferry/kernel';
import { type EventFields, eventLine } from './event-line.ts';
import { classifyFileError } from './file-error.ts';
import { openAtLastSeq } from './last-seq.ts';

export type EventLogDeps = {
  clock: Clock;
  /** Sees each event as it is written: its line without the line break. */
  onLine?: (line: string) => void;
  /** Told when events cannot be written, and (null) when they can again. */
  onTrouble?: (error: FerryError | null) => void;
};

const flushMs = 100;
/** What a disk refused is tried again after that. */
const retryMs = 1_000;
const maxPendingBytes = 4 * 1024 * 1024;
const logLinesPerSecond = 50;
/** A run in which nothing happens notes its progress this often. */
const quietProgressMs = 5_000;
/** What is on disk before anything else happens. */
const durable = new Set(['phase', 'ack', 'done', 'error']);

/** What of a progress matters; times, memory and the source's heartbeats change all the while. */
const telling = [
  'state',
  'phase',
  'keysDone',
  'keysCompared',
  'keysSkipped',
  'bytesOut',
  'lagBytes',
  'errors',
  'lost',
  'round',
];

/**
 * The events of a run, appended to `events.jsonl`: numbered from 1 without a gap over all restarts, written in batches.
 *
 * A full disk stops nothing here: lines wait in memory (`trouble` says so, and a run should pause), and numbers are given
 * when a line is written. More than 50 log lines a second are folded into one that counts them.
 */
export class EventLog {
  readonly #file: number;
  readonly #path: string;
  readonly #deps: EventLogDeps;
  #seq: number;
  #size: number;
  #pending: { at: string; fields: EventFields }[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #trouble: FerryError | null = null;
  /** The file may end with a line that is not whole. */
  #isTorn = false;
  /** Lines are written that a disk refused to keep. */
  #isUnsynced = false;
  #second = 0;
  #linesInSecond = 0;
  #folded = 0;
  #progress = { key: '', at: Number.NEGATIVE_INFINITY };

  constructor(path: string, deps: EventLogDeps) {
    const { file, seq, size } = openAtLastSeq(path);
    this.#file = file;
    this.#path = path;
    this.#deps = deps;
    this.#seq = seq;
    this.#size = size;
  }

  /** The number of the newest event on disk. */
  get seq(): number {
    return this.#seq;
  }

  /** `host.disk_full` and the like while events cannot be written; null when all is well. */
  get trouble(): FerryError | null {
    return this.#trouble;
  }

  append(fields: EventFields): void {
    if (fields.type === 'log' && this.#isTooMuch()) return;
    if (fields.type === 'progress' && this.#isOldNews(fields)) return;
    this.#put(fields);
    if (durable.has(fields.type)) this.sync();
    else this.#timer ??= setTimeout(() => this.flush(), flushMs);
  }

  /** Writes what waits. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#write() && this.#isUnsynced) this.#syncFile();
  }

  /** Writes what waits and has it on disk when it returns, unless there is trouble. */
  sync(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#write()) this.#syncFile();
  }

  close(): void {
    this.#unfold();
    this.sync();
    this.#attempt(() => closeSync(this.#file));
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A logger whose lines become `log` events with these fields. */
  logger(common: LogFields = {}): Logger {
    const log = (level: string) => (msg: string, fields?: LogFields) =>
      this.append({ type: 'log', level, msg, ...common, ...fields });
    return { info: log('info'), warn: log('warn'), error: log('error') };
  }

  /** Notes an error as an `error` event. */
  error(error: FerryError, options: { fatal: boolean; shard?: string } = { fatal: false }): void {
    this.append({
      type: 'error',
      code: error.code,
      msg: error.message,
      detail: error.detail,
      fix: error.fix,
      facts: error.facts,
      ...options,
    });
  }

  #put(fields: EventFields): void {
    const at = new Date(this.#deps.clock.now()).toISOString();
    // Progress is state, not history: while nothing can be written the newest is enough.
    if (this.#trouble && fields.type === 'progress')
      this.#pending = this.#pending.filter((line) => line.fields.type !== 'progress');
    this.#pending.push({ at, fields });
    if (!this.#trouble) return;
    this.#pendingBytes += 512;
    if (this.#pendingBytes > maxPendingBytes) {
      this.#pending = this.#pending.filter(({ fields: { type } }) => type !== 'log' && type !== 'conflict');
      this.#pendingBytes = this.#pending.length * 512;
    }
  }

  /** Whether nothing waits any more. */
  #write(): boolean {
    if (this.#pending.length === 0) return true;
    const lines = this.#pending.map(({ at, fields }, index) => eventLine(this.#seq + index + 1, at, fields));
    const bytes = Buffer.from(lines.join(''));
    if (!this.#attempt(() => this.#append(bytes))) {
      this.#tidy();
      return false;
    }
    this.#seq += lines.length;
    this.#pending = [];
    this.#pendingBytes = 0;
    for (const line of lines) this.#deps.onLine?.(line.slice(0, -1));
    if (!this.#isUnsynced) this.#tell(null);
    return true;
  }

  #append(bytes: Buffer): void {
    this.#cut();
    this.#isTorn = true;
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    this.#isTorn = false;
    this.#size += bytes.length;
  }

  /** Cuts off what was written of lines that did not fit. */
  #cut(): void {
    if (this.#isTorn) ftruncateSync(this.#file, this.#size);
    this.#isTorn = false;
  }

  #tidy(): void {
    try {
      this.#cut();
    } catch {
      // Why nothing could be written is told already; the next lines cut it off first.
    }
  }

  #syncFile(): void {
    this.#isUnsynced = !this.#attempt(() => fsyncSync(this.#file));
    if (!this.#isUnsynced) this.#tell(null);
  }

  /** False when the disk fails: that is told, and what waits is tried again. */
  #attempt(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#tell(classifyFileError(error, this.#path));
      this.#timer ??= setTimeout(() => this.flush(), retryMs);
      return false;
    }
  }

  #tell(trouble: FerryError | null): void {
    const before = this.#trouble;
    this.#trouble = trouble;
    if (before?.code === trouble?.code) return;
    this.#deps.onTrouble?.(trouble);
    // Now that there is room for it: what has been wrong.
    if (before && !trouble) this.error(before);
  }

  /** Whether a progress says the same as the one before, which is not long ago. */
  #isOldNews(fields: EventFields): boolean {
    const now = this.#deps.clock.monotonic();
    const key = JSON.stringify(telling.map((name) => fields[name]));
    if (key === this.#progress.key && now - this.#progress.at < quietProgressMs) return true;
    this.#progress = { key, at: now };
    return false;
  }

  #isTooMuch(): boolean {
    const second = Math.floor(this.#deps.clock.monotonic() / 1000);
    if (second !== this.#second) {
      this.#unfold();
      this.#second = second;
      this.#linesInSecond = 0;
    }
    if (++this.#linesInSecond <= logLinesPerSecond) return false;
    this.#folded++;
    return true;
  }

  #unfold(): void {
    if (this.#folded === 0) return;
    const folded = this.#folded;
    this.#folded = 0;
    this.#put({ type: 'log', level: 'warn', msg: 'Further lines of this second were folded', folded });
  }
}
