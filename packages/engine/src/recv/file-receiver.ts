import type { ShardPhase } from '@cacheferry/contract';
import { type Clock, FerryError, type Logger } from '@cacheferry/kernel';
import { type FileEnd, type FilePlan, planFiles } from '../files/file-plan.ts';
import { FileReader } from './file-reader.ts';
import { FileStream } from './file-stream.ts';
import type { Receiver, ReceiverStatus, ResumePoint, SpoolPart, SpoolPosition, SpoolReader } from './receiver.ts';

/**
 * A source that lies in files. They are read where they lie: nothing is spooled, and a place in them is a place in the
 * source for good.
 */
export class FileReceiver implements Receiver {
  readonly #end: FileEnd;
  readonly #deps: { clock: Clock; log: Logger };
  readonly #stop = new AbortController();
  #plan: FilePlan | null = null;
  #stream = new FileStream([]);
  #start: SpoolPosition | 'full_sync' = 'full_sync';
  #phase: ShardPhase = 'connecting';
  #read = { rdb: 0, all: 0, fullSyncs: 0 };

  constructor(end: FileEnd, deps: { clock: Clock; log: Logger }) {
    this.#end = end;
    this.#deps = deps;
  }

  /** Reads the files whole, so that a damaged one is refused before anything of it reaches the target. */
  async prepare(signal: AbortSignal): Promise<void> {
    this.#phase = 'waiting_snapshot';
    const plan = await planFiles(this.#end, AbortSignal.any([signal, this.#stop.signal]));
    for (const { text, facts } of plan.notes) this.#deps.log.warn(text, facts);
    this.#plan = plan;
    this.#stream = new FileStream(plan.commands);
    this.#phase = 'full_sync';
  }

  start(from: ResumePoint | null): Promise<void> {
    this.#refuseOther(from);
    this.#start = from?.position ?? 'full_sync';
    return Promise.resolve();
  }

  open(position: SpoolPosition | 'full_sync' = this.#start): Promise<SpoolReader> {
    const source = {
      plan: this.#ready,
      stream: this.#stream,
      clock: this.#deps.clock,
      changed: () => this.#changed(),
      signal: this.#stop.signal,
      onPart: (part: SpoolPart) => this.#note(part),
    };
    return Promise.resolve(new FileReader(source, position));
  }

  status(): ReceiverStatus {
    const { rdb, all, fullSyncs } = this.#read;
    const plan = this.#plan;
    return {
      phase: this.#phase,
      source: this.#end.path,
      replicationId: plan?.identity ?? null,
      fullSyncOffset: plan && 0,
      rdbBytesTotal: plan && (plan.rdb?.to ?? 0),
      rdbBytesReceived: rdb,
      receivedOffset: plan && this.#end.kind === 'aof' ? this.#stream.end : null,
      bytesIn: all,
      spoolBytes: 0,
      reconnects: 0,
      fullSyncs,
    };
  }

  /** Nothing is kept that could be deleted. */
  acknowledge(): void {}

  /** The files were whole when they were looked at; what is wrong now was changed meanwhile. */
  refetch(): void {
    throw this.#changed();
  }

  /** The commands of a file have no time of reception. */
  receivedAtOf(): null {
    return null;
  }

  stop(): Promise<void> {
    this.#stop.abort(new FerryError('migration.stopped'));
    return Promise.resolve();
  }

  get #ready(): FilePlan {
    if (this.#plan) return this.#plan;
    throw new FerryError('internal.unexpected', {}, new Error('a file was opened before it was looked at'));
  }

  #refuseOther(from: ResumePoint | null): void {
    if (from && from.replicationId !== this.#ready.identity) throw this.#changed();
  }

  #changed(): FerryError {
    return new FerryError('source.file_changed', { path: this.#end.path });
  }

  #note(part: SpoolPart): void {
    if ('bytes' in part) this.#read.all += part.bytes.length;
    if (part.kind === 'full_sync') this.#read.fullSyncs = 1;
    if (part.kind === 'rdb') this.#read.rdb = Math.max(this.#read.rdb, part.at + part.bytes.length);
    if (part.kind === 'rdb_end' || part.kind === 'stream') this.#phase = 'incremental_sync';
  }
}
