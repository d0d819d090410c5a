import type { ShardPhase } from '@cacheferry/contract';
import type { Clock, FerryError, Logger } from '@cacheferry/kernel';

/**
 * A place in what a source sent: a byte of its RDB, or an offset of its replication stream.
 *
 * `at` counts the bytes before it: position `{phase: 'stream', at: 500}` means that offset 500 is applied and the byte
 * with offset 501 comes next. The end of an RDB and the stream's beginning are the same place.
 */
export type SpoolPosition = { phase: 'rdb' | 'stream'; at: number };

/** What a run knows when it starts again, from the checkpoint on the target. */
export type ResumePoint = {
  replicationId: string;
  /** Offset at which the RDB was taken; the one of the stream's first byte before it. */
  fullSyncOffset: number;
  position: SpoolPosition;
};

/** Why a full sync is taken; every reason but `first` voids what was applied before. */
export type FullSyncReason =
  /** Nothing was taken before. */
  | 'first'
  /** The link broke while the RDB came, or its spooled file is not whole. */
  | 'rdb_incomplete'
  /** The source cannot continue from the offset: its backlog is overrun. */
  | 'backlog_overrun'
  /** The source has another history: restarted, failed over behind us, or replaced. */
  | 'source_changed'
  /** What was spooled is damaged and cannot be fetched again. */
  | 'spool_damaged';

/**
 * What a reader gets, in order: `full_sync`, the RDB from byte 0, `rdb_end`, the stream. A reader that starts in the
 * middle gets the rest of that. A later `full_sync` voids all before it.
 */
export type SpoolPart =
  | { kind: 'full_sync'; replicationId: string; offset: number; reason: FullSyncReason }
  /** `at`: byte of the RDB where `bytes` begins. */
  | { kind: 'rdb'; at: number; bytes: Buffer; receivedAtMs: number }
  /** `at`: size of the whole RDB. */
  | { kind: 'rdb_end'; at: number }
  /** `at`: replication offset before the first byte of `bytes`. Cut anywhere, not at commands. */
  | { kind: 'stream'; at: number; bytes: Buffer; receivedAtMs: number }
  /** From `at` on the history goes by another id (a failover of the source): checkpoints name it from here. */
  | { kind: 'replication_id'; replicationId: string; at: number };

/** Reads what the receiver spooled, waiting for more. One reader at a time; `bytes` are valid until the next `read`. */
export interface SpoolReader {
  /**
   * The next part; null when nothing more will come (mode full and the RDB was read, or the receiver was stopped).
   * Throws the receiver's error when that failed for good, and the signal's reason.
   */
  read(signal?: AbortSignal): Promise<SpoolPart | null>;
  close(): Promise<void>;
}

export type ReceiverStatus = {
  phase: ShardPhase;
  /** Host and port of the server that is read from now. */
  source: string;
  replicationId: string | null;
  fullSyncOffset: number | null;
  /** null while unknown (a diskless transfer does not say it). */
  rdbBytesTotal: number | null;
  rdbBytesReceived: number;
  /** Stream offset received so far; null before the stream. */
  receivedOffset: number | null;
  /** All bytes that came from the source in this process. */
  bytesIn: number;
  spoolBytes: number;
  reconnects: number;
  fullSyncs: number;
};

/** Takes everything a source shard sends into the spool, and never waits for whoever writes it to the target. */
export interface Receiver {
  /**
   * Looks at the source as far as that can be done before the target is touched: a source that can be read whole
   * beforehand says here what is wrong with it.
   */
  prepare?(signal: AbortSignal): Promise<void>;
  /**
   * Starts in the background. `from` = null: a new full sync; else goes on from there when spool and source allow it,
   * and with a `full_sync` part of another reason when they do not.
   */
  start(from: ResumePoint | null): Promise<void>;
  /**
   * A reader at the start point, at another position (a target that lost its last writes), or at the beginning of the
   * newest full sync. What is not kept any more is fetched from the source again; where that is not possible, the reader
   * gets a new `full_sync`.
   */
  open(position?: SpoolPosition | 'full_sync'): Promise<SpoolReader>;
  status(): ReceiverStatus;
  /** What is checkpointed on the target: this is what the source is told, and what lies before may be deleted. */
  acknowledge(position: SpoolPosition): void;
  /**
   * What was received from here on cannot be right (a checksum or the decoder says so): it is fetched from the source
   * again. Readers wait and go on: in the stream at that offset, in the RDB with a new `full_sync`.
   */
  refetch(position: SpoolPosition): void;
  /** Reception time of the oldest byte behind the stream offset, for the lag in ms; null when there is none. */
  receivedAtOf(offset: number): number | null;
  /** Closes the link and the spool's files, which stay on disk. */
  stop(): Promise<void>;
}

export type ReceiverDeps = {
  clock: Clock;
  log: Logger;
  /** Between 0 and 1; spreads reconnects. */
  random: () => number;
  onPhase?: (phase: ShardPhase) => void;
  /** A trouble that the receiver deals with by itself, for the counters of errors. */
  onError?: (error: FerryError) => void;
};
