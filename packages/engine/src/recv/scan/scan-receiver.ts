import { randomBytes } from 'node:crypto';
import type { MigrationMode, ShardPhase } from '@cacheferry/contract';
import type { Clock, Logger } from '@cacheferry/kernel';
import { FerryError } from '@cacheferry/kernel';
import type { Receiver, ReceiverStatus, ResumePoint, SpoolPart, SpoolPosition, SpoolReader } from '../receiver.ts';
import { ScanReader } from './scan-reader.ts';
import type { ScannedEnd } from './scanned-end.ts';

export type ScanSettings = {
  shard: string;
  mode: MigrationMode;
  /** Connects to what is to be read; `onPlace` is told where that is. */
  open: (isFollowed: boolean, signal: AbortSignal, onPlace: (name: string) => void) => Promise<ScannedEnd>;
};
export type ScanReceiverDeps = { clock: Clock; log: Logger };

/**
 * Reads a source that forbids PSYNC key by key. Nothing is spooled: each reader reads the source anew, and a run that goes
 * on begins with a new scan.
 */
export class ScanReceiver implements Receiver {
  readonly #settings: ScanSettings;
  readonly #deps: ScanReceiverDeps;
  readonly #stop = new AbortController();
  #hasScanned = false;
  #source = '';
  #phase: ShardPhase = 'connecting';
  #status = { id: null as string | null, fullSyncs: 0, rdb: 0, offset: null as number | null, bytesIn: 0 };

  constructor(settings: ScanSettings, deps: ScanReceiverDeps) {
    this.#settings = settings;
    this.#deps = deps;
  }

  start(from: ResumePoint | null): Promise<void> {
    this.#hasScanned = from !== null;
    return Promise.resolve();
  }

  open(): Promise<SpoolReader> {
    const { mode, open } = this.#settings;
    return Promise.resolve(
      new ScanReader({
        mode,
        signal: this.#stop.signal,
        ...this.#deps,
        open: (signal) =>
          open(mode === 'sync', signal, (name) => {
            this.#source = name;
          }),
        newSync: () => this.#newSync(),
        onPart: (part) => this.#note(part),
      }),
    );
  }

  status(): ReceiverStatus {
    const { id, fullSyncs, rdb, offset, bytesIn } = this.#status;
    return {
      phase: this.#phase,
      source: this.#source,
      replicationId: id,
      fullSyncOffset: id === null ? null : 0,
      rdbBytesTotal: null,
      rdbBytesReceived: rdb,
      receivedOffset: offset,
      bytesIn,
      spoolBytes: 0,
      reconnects: 0,
      fullSyncs,
    };
  }

  /** Nothing is kept that could be deleted. */
  acknowledge(): void {}

  /** What is wrong is read anew. */
  refetch(position: SpoolPosition): void {
    const { shard } = this.#settings;
    throw new FerryError('spool.position_lost', { shard, ...position, path: this.#source });
  }

  receivedAtOf(): null {
    return null;
  }

  stop(): Promise<void> {
    this.#stop.abort(new FerryError('migration.stopped'));
    return Promise.resolve();
  }

  /** Every scan has a name of its own: what an earlier one brought is swept when this one does not have it. */
  #newSync(): SpoolPart & { kind: 'full_sync' } {
    const reason = this.#hasScanned ? 'rdb_incomplete' : 'first';
    this.#hasScanned = true;
    return { kind: 'full_sync', replicationId: `scan${randomBytes(8).toString('hex')}`, offset: 0, reason };
  }

  #note(part: SpoolPart): void {
    const status = this.#status;
    if (part.kind === 'full_sync') {
      this.#status = { ...status, id: part.replicationId, fullSyncs: status.fullSyncs + 1, rdb: 0, offset: null };
      this.#phase = 'full_sync';
    }
    if ('bytes' in part) status.bytesIn += part.bytes.length;
    if (part.kind === 'rdb') status.rdb = part.at + part.bytes.length;
    if (part.kind === 'stream') status.offset = part.at + part.bytes.length;
    if (part.kind !== 'rdb_end') return;
    status.offset = 0;
    this.#phase = this.#settings.mode === 'full' ? 'done' : 'incremental_sync';
  }
}
