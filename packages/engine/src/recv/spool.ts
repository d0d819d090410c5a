import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, FerryError, type Logger } from '@cacheferry/kernel';
import { recordHeadBytes } from './record.ts';
import type { FullSyncReason, ResumePoint, SpoolPosition } from './receiver.ts';
import { listSegments, type Mark, markBefore, measureSegment, type Segment } from './segment.ts';
import { readSpoolMeta, type SpoolMeta, writeSpoolMeta } from './spool-meta.ts';
import { SpoolWriter } from './spool-writer.ts';
import { TailCache } from './tail-cache.ts';

export type SpoolSettings = {
  dir: string;
  shard: string;
  /** More than that on disk, and no more is read from the source. */
  maxBytes: number;
  /** How long what the target contains is kept, and at most how much: for a target that loses its last writes. */
  retainMs: number;
  retainBytes: number;
};

const maxSegmentBytes = 64 * 1024 * 1024;

export type SpoolDeps = { clock: Clock; log: Logger };

/**
 * Everything received from one shard that the target does not surely contain yet: on disk, checksummed, in order.
 *
 * One generation is one RDB with the stream behind it; a new full sync begins the next one and drops the old.
 */
export class Spool {
  readonly settings: SpoolSettings;
  readonly tail = new TailCache((bytes) => this.#writer.release(bytes));
  readonly #deps: SpoolDeps;
  readonly #metaPath: string;
  readonly #writer: SpoolWriter;
  #meta: SpoolMeta | null;
  #segments: Segment[] = [];
  /** Next position to be appended, and end of what is in files, per phase. */
  #appended = { rdb: 0, stream: 0 };
  #written = { rdb: 0, stream: 0 };
  #acknowledged: SpoolPosition = { phase: 'rdb', at: 0 };
  #bytes = 0;
  #trouble: FerryError | null = null;
  #listeners = new Set<() => void>();
  #version = 0;

  constructor(settings: SpoolSettings, deps: SpoolDeps) {
    this.settings = settings;
    this.#deps = deps;
    mkdirSync(settings.dir, { recursive: true, mode: 0o700 });
    this.#metaPath = join(settings.dir, 'spool.json');
    this.#meta = readSpoolMeta(this.#metaPath);
    if (this.#meta) this.#load(this.#meta);
    this.#writer = new SpoolWriter(this.generation, {
      clock: deps.clock,
      dir: settings.dir,
      segmentBytes: () => Math.min(maxSegmentBytes, this.settings.maxBytes / 8),
      onSegment: (segment) => this.#segments.push(segment),
      onWritten: (record) => {
        this.#written[record.segment.phase] = record.end;
        this.#bytes += record.end - record.at + recordHeadBytes;
        const isKept = this.tail.add(record);
        this.touch();
        return isKept;
      },
      onTrouble: (trouble) => {
        this.#trouble = trouble;
        this.touch();
      },
    });
  }

  get generation(): number {
    return this.#meta?.generation ?? 0;
  }

  get meta(): Readonly<SpoolMeta> | null {
    return this.#meta;
  }

  get replicationId(): string | null {
    return this.#meta?.ids.at(-1)?.replicationId ?? null;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Received and not yet in a file. */
  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  /** Why nothing can be written now; null when all is well. */
  get trouble(): FerryError | null {
    return this.#trouble;
  }

  /** Where the next received byte goes. */
  get appended(): Readonly<{ rdb: number; stream: number }> {
    return this.#appended;
  }

  /** How far a reader may read. */
  get written(): Readonly<{ rdb: number; stream: number }> {
    return this.#written;
  }

  /** Bytes of an RDB that is still coming which nobody has asked for yet. */
  get unreadRdb(): number {
    const { phase, at } = this.tail.wanted;
    return this.#meta?.rdbBytes === null && phase === 'rdb' ? this.#appended.rdb - at : 0;
  }

  /** Rises with every change that listeners are told of. */
  get version(): number {
    return this.#version;
  }

  /** Calls back whenever there is more to read or room to write. Returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Wakes whoever waits for a change. */
  touch(): void {
    this.#version++;
    for (const listener of [...this.#listeners]) listener();
  }

  beginFullSync(replicationId: string, offset: number, reason: FullSyncReason): void {
    const old = this.#meta;
    const isRepeated = old?.fullSyncOffset === offset && old.ids[0]?.replicationId === replicationId;
    this.#begin({ fullSyncOffset: offset, reason, replicationId, hasRdb: true, isRepeated, streamAt: offset });
  }

  /** Goes on in the stream without anything before: the spool of an earlier engine is not there, or damaged. */
  beginStream(replicationId: string, fullSyncOffset: number, streamAt: number): void {
    this.#begin({ fullSyncOffset, reason: this.#meta?.reason ?? 'first', replicationId, hasRdb: false, streamAt });
  }

  append(phase: 'rdb' | 'stream', bytes: Buffer): void {
    const at = this.#appended[phase];
    this.#appended[phase] += bytes.length;
    this.#writer.append(phase, at, bytes, this.#deps.clock.now());
  }

  /** All of the RDB was received. */
  endRdb(): void {
    this.#change({ rdbBytes: this.#appended.rdb });
    this.touch();
  }

  /** From the next byte on the history goes by another id. */
  addHistory(replicationId: string): void {
    if (!this.#meta || this.replicationId === replicationId) return;
    this.#change({ ids: [...this.#meta.ids, { at: this.#appended.stream, replicationId }] });
  }

  /** Whether everything from a resume point on is here. */
  covers(from: ResumePoint): boolean {
    const meta = this.#meta;
    if (!meta?.ids.some((id) => id.replicationId === from.replicationId) || meta.fullSyncOffset !== from.fullSyncOffset)
      return false;
    return this.holds(from.position);
  }

  /** Whether everything from a position on is here, the whole RDB included where that is asked for. */
  holds({ phase, at }: SpoolPosition): boolean {
    const { rdb, stream } = this.#written;
    if (phase === 'stream') return at >= this.firstOf('stream') && at <= stream;
    return this.#meta?.hasRdb === true && at >= this.firstOf('rdb') && at <= rdb;
  }

  /** The first position of a phase that is kept. */
  firstOf(phase: 'rdb' | 'stream'): number {
    return this.#segments.find((segment) => segment.phase === phase)?.start ?? this.#written[phase];
  }

  segmentAt(phase: 'rdb' | 'stream', at: number): Segment | null {
    return this.#segments.find((segment) => segment.phase === phase && segment.start <= at && at < segment.end) ?? null;
  }

  /** Reception time of the stream byte behind an offset; null when it is not received yet. */
  receivedAtOf(offset: number): number | null {
    const segment = this.segmentAt('stream', offset);
    const mark: Mark | null = segment && markBefore(segment, offset);
    return mark && mark.receivedAtMs > 0 ? mark.receivedAtMs : null;
  }

  /** What the target contains: it may be deleted, some time later. */
  acknowledge(position: SpoolPosition): void {
    this.#acknowledged = position;
  }

  /** Called each second: to disk with what was written, away with what nobody needs. */
  async maintain(): Promise<void> {
    this.#trim();
    await this.#writer.datasync();
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }

  /** Resolves when all that was appended is in files, or cannot be written. */
  async settle(): Promise<void> {
    await this.#writer.idle();
  }

  #begin(
    start: Omit<SpoolMeta, 'version' | 'generation' | 'ids' | 'rdbBytes'> & { replicationId: string; streamAt: number },
  ): void {
    const { replicationId, streamAt, ...rest } = start;
    const generation = this.generation + 1;
    const ids = [{ at: streamAt, replicationId }];
    const meta: SpoolMeta = { version: 1, generation, ids, rdbBytes: null, ...rest };
    writeSpoolMeta(this.#metaPath, meta);
    this.#meta = meta;
    const old = this.#segments;
    this.#segments = [];
    this.#bytes = 0;
    this.#appended = { rdb: 0, stream: streamAt };
    this.#written = { rdb: 0, stream: streamAt };
    this.#acknowledged = { phase: rest.hasRdb ? 'rdb' : 'stream', at: rest.hasRdb ? 0 : streamAt };
    this.tail.clear();
    this.#writer.restart(generation);
    for (const segment of old) this.#delete(segment);
    this.touch();
  }

  #change(fields: Partial<SpoolMeta>): void {
    if (!this.#meta) return;
    const meta = { ...this.#meta, ...fields };
    writeSpoolMeta(this.#metaPath, meta);
    this.#meta = meta;
  }

  /** Takes over the files of an earlier process, as far as they are whole and without a gap from their end back. */
  #load(meta: SpoolMeta): void {
    const { segments, strangers } = listSegments(this.settings.dir, meta.generation);
    for (const path of strangers) rmSync(path, { force: true });
    const streamAt = meta.ids[0]?.at ?? meta.fullSyncOffset;
    for (const phase of ['rdb', 'stream'] as const) {
      const chain = chainOf(segments.filter((segment) => segment.phase === phase));
      for (const lost of segments.filter((segment) => segment.phase === phase && !chain.includes(segment)))
        this.#delete(lost);
      this.#segments.push(...chain);
      this.#written[phase] = chain.at(-1)?.end ?? (phase === 'rdb' ? 0 : streamAt);
    }
    this.#appended = { ...this.#written };
    this.#count();
  }

  #trim(): void {
    const now = this.#deps.clock.now();
    const isPressed = this.#bytes > this.settings.maxBytes / 2;
    const open = this.#writer.current;
    if (isPressed && open && this.#isDone(open)) this.#writer.roll();
    let retained = 0;
    for (const segment of [...this.#segments].reverse()) {
      if (segment === this.#writer.current || !this.#isDone(segment)) continue;
      segment.doneAtMs ??= now;
      retained += segment.fileBytes;
      const isOld = now - segment.doneAtMs >= this.settings.retainMs || retained > this.settings.retainBytes;
      // While the RDB is applied its beginning is kept: a target may have to be filled from there again.
      if (isPressed || (isOld && this.#acknowledged.phase === 'stream')) this.#delete(segment);
    }
    this.#count();
  }

  #isDone(segment: Segment): boolean {
    const { phase, at } = this.#acknowledged;
    if (segment.phase === phase) return segment.end <= at;
    // The RDB stays until the stream behind it has begun to be applied.
    return phase === 'stream' && this.#meta?.rdbBytes !== null;
  }

  #delete(segment: Segment): void {
    this.#segments = this.#segments.filter((other) => other !== segment);
    rmSync(segment.path, { force: true });
  }

  #count(): void {
    const before = this.#bytes;
    this.#bytes = this.#segments.reduce((sum, segment) => sum + segment.fileBytes, 0);
    if (this.#bytes < before) this.touch();
  }
}

/** The longest unbroken chain of segments that ends with the last one; all but that are trusted until they are read. */
function chainOf(segments: Segment[]): Segment[] {
  const chain: Segment[] = [];
  for (const segment of [...segments].reverse()) {
    const next = chain[0];
    if (next) {
      segment.end = next.start;
      segment.fileBytes = statSync(segment.path).size;
      if (segment.end <= segment.start) return chain;
    } else {
      measureSegment(segment);
      if (segment.end === segment.start) continue;
    }
    chain.unshift(segment);
  }
  return chain;
}
