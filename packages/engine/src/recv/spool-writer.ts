import { type FileHandle, open } from 'node:fs/promises';
import type { Clock, FerryError } from '@cacheferry/kernel';
import { classifyFileError } from '../state/file-error.ts';
import { recordHeadBytes, segmentHeadBytes, writeRecordHead, writeSegmentHead } from './record.ts';
import { addMark, newSegment, type Phase, type Segment } from './segment.ts';
import { type Staged, Staging } from './staging.ts';

export type WrittenRecord = { segment: Segment; at: number; end: number; bytes: Buffer; receivedAtMs: number };

export type SpoolWriterDeps = {
  clock: Pick<Clock, 'monotonic'>;
  dir: string;
  /** Size at which the next file is begun. */
  segmentBytes(): number;
  /** A segment was begun. */
  onSegment(segment: Segment): void;
  /** A record is in its file: readers may have it. Returns whether its memory is kept. */
  onWritten(record: WrittenRecord): boolean;
  /** Writing is held up (a full disk) or goes on again (null). */
  onTrouble(error: FerryError | null): void;
};

const retryMs = 1_000;
/** So much is written at once; less waits a little for more, for each write costs a fixed price. */
const goodBytes = 256 * 1024;
const rdbWaitMs = 4;
const streamWaitMs = 1;

/**
 * Appends received pieces to segment files, in the background: one write at a time, everything that came meanwhile in the
 * next. Nothing is dropped when a disk is full: the pieces wait, and the caller stops reading.
 */
export class SpoolWriter {
  readonly #deps: SpoolWriterDeps;
  #generation: number;
  readonly #staging = new Staging();
  #wroteAt = 0;
  #segment: Segment | null = null;
  #file: FileHandle | null = null;
  #isDirty = false;
  #work: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #timer: NodeJS.Timeout | null = null;
  #trouble: FerryError | null = null;

  constructor(generation: number, deps: SpoolWriterDeps) {
    this.#generation = generation;
    this.#deps = deps;
  }

  get pendingBytes(): number {
    return this.#staging.bytes;
  }

  /** The segment that is written to, which must not be deleted. */
  get current(): Segment | null {
    return this.#segment;
  }

  /** Takes a copy of `bytes`, to be written soon. */
  append(phase: Phase, at: number, bytes: Buffer, receivedAtMs: number): void {
    this.#staging.append(phase, at, bytes, receivedAtMs);
    this.#schedule(phase);
  }

  /** Nobody reads a record's bytes any more that `onWritten` kept: their memory is used again. */
  release(bytes: Buffer): void {
    this.#staging.release(bytes);
  }

  /** Drops what waits and begins anew in files of another generation, or at another place. */
  restart(generation: number): void {
    this.#generation = generation;
    this.#staging.clear();
    this.#segment = null;
  }

  /** Begins a new file with the next piece, so that the one before can be deleted. */
  roll(): void {
    if (!this.#work) this.#segment = null;
  }

  /** Resolves when nothing waits or is being written; what a full disk holds up stays. */
  async idle(): Promise<void> {
    while (this.#work || (this.#staging.bytes > 0 && !this.#retry)) {
      this.#start();
      await this.#work;
    }
  }

  /**
   * Has on disk what was written of the stream; called each second. Of an RDB that a machine loses when its power fails
   * a new one is taken: making the disk follow it would slow down every full sync.
   */
  async datasync(): Promise<void> {
    if (!this.#isDirty || !this.#file || this.#work || this.#segment?.phase === 'rdb') return;
    this.#isDirty = false;
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    await this.idle();
    if (this.#retry) clearTimeout(this.#retry);
    await this.#closeFile();
  }

  #schedule(phase: Phase): void {
    if (this.#work || this.#retry) return;
    const quietMs = this.#deps.clock.monotonic() - this.#wroteAt;
    const waitMs = phase === 'rdb' ? rdbWaitMs : quietMs < streamWaitMs ? streamWaitMs : 0;
    if (this.#staging.bytes >= goodBytes || waitMs === 0) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), waitMs);
  }

  #start(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#work || this.#retry) return;
    this.#work = this.#drain().finally(() => {
      this.#work = null;
      this.#wroteAt = this.#deps.clock.monotonic();
      const phase = this.#staging.phase;
      if (phase) this.#schedule(phase);
    });
  }

  /** Writes what waits now; what comes meanwhile is the next turn's. */
  async #drain(): Promise<void> {
    let left = this.#staging.bytes;
    for (let next = this.#staging.peek(); next && left > 0; next = this.#staging.peek()) {
      const generation = this.#generation;
      left -= next.bytes.length;
      try {
        const isKept = await this.#write(next, generation);
        if (generation === this.#generation) this.#staging.shift(isKept);
        this.#tell(null);
      } catch (error) {
        this.#tell(classifyFileError(error, this.#deps.dir));
        this.#retry = setTimeout(() => {
          this.#retry = null;
          this.#start();
        }, retryMs);
        return;
      }
    }
  }

  async #write({ phase, at, bytes, receivedAtMs }: Staged, generation: number): Promise<boolean> {
    const { segment, file } = await this.#segmentFor(phase, at, generation);
    const head = writeRecordHead({ length: bytes.length, at, receivedAtMs }, bytes);
    const whole = recordHeadBytes + bytes.length;
    const { bytesWritten } = await file.writev([head, bytes], segment.fileBytes);
    if (bytesWritten < whole) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
    if (generation !== this.#generation) return true;
    addMark(segment, { at, fileAt: segment.fileBytes, receivedAtMs });
    segment.fileBytes += whole;
    segment.end = at + bytes.length;
    this.#isDirty = true;
    return this.#deps.onWritten({ segment, at, end: segment.end, bytes, receivedAtMs });
  }

  async #segmentFor(phase: Phase, at: number, generation: number): Promise<{ segment: Segment; file: FileHandle }> {
    const current = this.#segment;
    if (
      current &&
      this.#file &&
      current.phase === phase &&
      current.generation === generation &&
      current.fileBytes < this.#deps.segmentBytes()
    )
      return { segment: current, file: this.#file };
    await this.#closeFile();
    const segment = newSegment(this.#deps.dir, generation, phase, at);
    const file = await openSegment(segment);
    this.#file = file;
    if (generation === this.#generation) {
      this.#segment = segment;
      this.#deps.onSegment(segment);
    }
    return { segment, file };
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    const isRdb = this.#segment?.phase === 'rdb';
    this.#file = null;
    this.#segment = null;
    if (!file) return;
    try {
      if (!isRdb) await file.datasync();
    } finally {
      await file.close();
    }
  }

  #tell(trouble: FerryError | null): void {
    if (trouble === null && this.#trouble === null) return;
    const isNew = trouble?.code !== this.#trouble?.code;
    this.#trouble = trouble;
    if (isNew) this.#deps.onTrouble(trouble);
  }
}

async function openSegment(segment: Segment): Promise<FileHandle> {
  const file = await open(segment.path, 'w', 0o600);
  try {
    const { bytesWritten } = await file.write(writeSegmentHead(segment), 0, segmentHeadBytes, 0);
    if (bytesWritten < segmentHeadBytes) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
