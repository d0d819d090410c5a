import { FerryError } from '@cacheferry/kernel';
import { classifyFileError } from '../state/file-error.ts';
import type { SpoolPart, SpoolPosition, SpoolReader } from './receiver.ts';
import type { Segment } from './segment.ts';
import { SegmentReader, type SpooledBytes } from './segment-reader.ts';
import type { Spool } from './spool.ts';

export type ReaderSource = {
  spool: Spool;
  /** What ended the receiver: an error, or null while it works. */
  failure(): Error | null;
  /** Whether the receiver was stopped, or ended after the RDB as it was to. */
  isEnded(): boolean;
  /** Whether the run ends with the RDB. */
  stopsAfterRdb: boolean;
  /** What is spooled from here on is damaged: fetch it again. */
  repair(position: SpoolPosition): void;
};

/** Reads one spool in order, from memory where it keeps up and from files where it does not. */
export class FileSpoolReader implements SpoolReader {
  readonly #source: ReaderSource;
  #generation: number;
  #position: SpoolPosition;
  #idsTold: number;
  #isWaiting: boolean;
  #isEnded = false;
  #segment: SegmentReader | null = null;
  #window: Buffer | null = null;

  /** `start`: a position, or the generation behind which the first full sync is awaited. */
  constructor(source: ReaderSource, start: SpoolPosition | { after: number }) {
    this.#source = source;
    this.#isWaiting = 'after' in start;
    this.#generation = 'after' in start ? start.after : source.spool.generation;
    this.#position = 'after' in start ? { phase: 'rdb', at: 0 } : start;
    this.#idsTold = this.#idsBefore();
  }

  async read(signal?: AbortSignal): Promise<SpoolPart | null> {
    for (;;) {
      signal?.throwIfAborted();
      const failure = this.#source.failure();
      if (failure) throw failure;
      if (this.#isEnded) return null;
      const { version } = this.#source.spool;
      const part = this.#nextNote() ?? (await this.#nextBytes());
      if (part) return part;
      if (this.#source.isEnded()) return null;
      await this.#more(version, signal);
    }
  }

  async close(): Promise<void> {
    await this.#leaveSegment();
    this.#window = null;
  }

  /** Parts that are no bytes: a new full sync, the RDB's end, another name of the history. */
  #nextNote(): SpoolPart | null {
    const { spool, stopsAfterRdb } = this.#source;
    const { meta } = spool;
    if (!meta) return null;
    if (spool.generation !== this.#generation) {
      const note = this.#enterGeneration();
      if (note) return note;
    }
    if (this.#isWaiting) return null;
    if (this.#position.phase === 'rdb' && meta.rdbBytes !== null && this.#position.at === meta.rdbBytes) {
      this.#position = { phase: 'stream', at: meta.fullSyncOffset };
      this.#isEnded = stopsAfterRdb;
      return { kind: 'rdb_end', at: meta.rdbBytes };
    }
    const id = meta.ids[this.#idsTold];
    if (this.#position.phase !== 'stream' || !id || id.at > this.#position.at) return null;
    this.#idsTold++;
    return { kind: 'replication_id', replicationId: id.replicationId, at: id.at };
  }

  #enterGeneration(): SpoolPart | null {
    const { spool } = this.#source;
    const meta = spool.meta;
    if (!meta) return null;
    this.#isWaiting = false;
    this.#generation = spool.generation;
    this.#idsTold = 1;
    // Only the stream was fetched again, from where this reader stands: nothing is void.
    if (!meta.hasRdb) return null;
    this.#position = { phase: 'rdb', at: 0 };
    const replicationId = meta.ids[0]?.replicationId ?? '';
    return { kind: 'full_sync', replicationId, offset: meta.fullSyncOffset, reason: meta.reason };
  }

  async #nextBytes(): Promise<SpoolPart | null> {
    const { spool } = this.#source;
    const { phase, at } = this.#position;
    if (this.#isWaiting || !spool.meta || spool.generation !== this.#generation || at >= spool.written[phase])
      return null;
    const cached = spool.tail.find(phase, at);
    const found = cached ? { at, ...cached } : await this.#fromFile();
    if (!found || spool.generation !== this.#generation) return null;
    const nextId = spool.meta.ids[this.#idsTold];
    const limit = phase === 'stream' && nextId ? nextId.at - at : Number.POSITIVE_INFINITY;
    const bytes = found.bytes.length > limit ? found.bytes.subarray(0, limit) : found.bytes;
    this.#position = { phase, at: at + bytes.length };
    if (spool.unreadRdb > 0) spool.touch();
    return { kind: phase, at, bytes, receivedAtMs: found.receivedAtMs };
  }

  /** null: the generation changed meanwhile, or a damage is being mended; ask again. */
  async #fromFile(): Promise<SpooledBytes | null> {
    const { spool } = this.#source;
    const { phase, at } = this.#position;
    const wanted = spool.segmentAt(phase, at);
    if (!wanted) {
      const { shard } = spool.settings;
      throw new FerryError('spool.position_lost', { shard, phase, at });
    }
    if (this.#segment?.segment !== wanted) {
      await this.#leaveSegment();
      this.#window ??= SegmentReader.newWindow();
      this.#segment = await this.#openSegment(wanted, at, this.#window);
    }
    const found = await this.#segment?.read(at);
    if (found && found !== 'damaged') return found;
    await this.#leaveSegment();
    if (spool.generation === this.#generation) this.#source.repair(this.#position);
    return null;
  }

  /** null: a new generation has removed the file. */
  async #openSegment(segment: Segment, at: number, window: Buffer): Promise<SegmentReader | null> {
    try {
      return await SegmentReader.open(segment, at, window);
    } catch (error) {
      if (this.#source.spool.generation !== this.#generation) return null;
      throw classifyFileError(error, segment.path);
    }
  }

  async #leaveSegment(): Promise<void> {
    const segment = this.#segment;
    this.#segment = null;
    await segment?.close();
  }

  #idsBefore(): number {
    const { phase, at } = this.#position;
    const ids = this.#source.spool.meta?.ids ?? [];
    return phase === 'rdb' ? 1 : Math.max(1, ids.filter((id) => id.at < at).length);
  }

  /** Resolves when the spool changed in any way since it had `version`. */
  #more(version: number, signal?: AbortSignal): Promise<void> {
    if (this.#source.spool.version !== version) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = () => {
        unsubscribe();
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const stop = () => {
        unsubscribe();
        reject(signal?.reason);
      };
      const unsubscribe = this.#source.spool.subscribe(done);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}
