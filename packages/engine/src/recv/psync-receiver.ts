import type { MigrationMode, ShardPhase } from '@cacheferry/contract';
import { FerryError, toFerryError } from '@cacheferry/kernel';
import type { Shard } from '@cacheferry/topology';
import { BrokenOff } from './broken-off.ts';
import { Overruns } from './overruns.ts';
import { maxRdbBytes, openSession, type Session, streamRequest } from './psync-session.ts';
import type {
  FullSyncReason,
  Receiver,
  ReceiverDeps,
  ReceiverStatus,
  ResumePoint,
  SpoolPosition,
  SpoolReader,
} from './receiver.ts';
import { ReplicationLink } from './replication-link.ts';
import { RetryPolicy } from './retry-policy.ts';
import { Spool } from './spool.ts';
import { SpoolGate } from './spool-gate.ts';
import { spoolBound } from './spool-limits.ts';
import { FileSpoolReader } from './spool-reader.ts';
import type { TransferSink } from './transfer.ts';

export type PsyncSettings = {
  shard: Shard;
  /** Folder of this shard's spool. */
  dir: string;
  mode: MigrationMode;
  /** What CLIENT LIST of the source shows. */
  clientName: string;
  /** 0: from the free disk. */
  spoolMaxBytes: number;
  retainMs?: number;
  retainBytes?: number;
  /** Least time between two full syncs, each of which costs the source a fork; default 10 s. */
  fullSyncGapMs?: number;
  /** Waits until the host may be asked for a full sync; returns what ends the turn. Without it there is no queue. */
  turn?: (host: string, signal: AbortSignal) => Promise<() => void>;
};

const maintainMs = 1_000;
const minIdleMs = 30_000;
const maxIdleMs = 600_000;
const minFullSyncGapMs = 10_000;
/** How a server before 2.8 is named, which has no replication id and cannot continue. */
const noId = '?';

/** Receives one shard of a Redis-family source as its replica: PSYNC into the spool, over every break of the link. */
export class PsyncReceiver implements Receiver {
  readonly #settings: PsyncSettings;
  readonly #deps: ReceiverDeps;
  readonly #spool: Spool;
  readonly #gate: SpoolGate;
  readonly #stop = new AbortController();
  readonly #overruns: Overruns;
  readonly #brokenOff: BrokenOff;
  #policy: RetryPolicy;
  #link: ReplicationLink | null = null;
  #loop: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failure: FerryError | null = null;
  /** Why the next full sync is taken; null: go on where the spool ends. */
  #plan: FullSyncReason | null = 'first';
  #start: SpoolPosition | { after: number } = { after: 0 };
  #phase: ShardPhase = 'connecting';
  #source = '';
  #rdbBytesTotal: number | null = null;
  #acknowledgedOffset = 0;
  #bytesIn = 0;
  #sessions = 0;
  #fullSyncs = 0;
  #endTurn: () => void = () => {};
  #idleMs = minIdleMs;
  #lastFullSyncAt = Number.NEGATIVE_INFINITY;

  constructor(settings: PsyncSettings, deps: ReceiverDeps) {
    this.#settings = settings;
    this.#deps = deps;
    const { shard, dir } = settings;
    const retain = { retainMs: settings.retainMs ?? 60_000, retainBytes: settings.retainBytes ?? 1024 ** 3 };
    this.#spool = new Spool({ dir, shard: shard.id, maxBytes: Number.MAX_SAFE_INTEGER, ...retain }, deps);
    this.#spool.settings.maxBytes = spoolBound(dir, settings.spoolMaxBytes);
    this.#gate = new SpoolGate(this.#spool, deps);
    this.#overruns = new Overruns(deps.clock);
    this.#brokenOff = new BrokenOff(deps.clock);
    this.#policy = new RetryPolicy({ isResuming: false, clock: deps.clock, random: deps.random });
  }

  start(from: ResumePoint | null): Promise<void> {
    const { clock, random } = this.#deps;
    this.#policy = new RetryPolicy({ isResuming: from !== null, clock, random });
    this.#plan = this.#planFor(from);
    this.#start = this.#plan || !from ? { after: this.#spool.generation } : this.#placeOf(from.position);
    if (from?.position.phase === 'stream') this.#acknowledgedOffset = from.position.at;
    this.#timer = setInterval(() => void this.#maintain(), maintainMs);
    this.#spool.subscribe(() => this.#mindTheGate());
    this.#run();
    return Promise.resolve();
  }

  open(wanted?: SpoolPosition | 'full_sync'): Promise<SpoolReader> {
    const source = {
      spool: this.#spool,
      failure: () => this.#failure,
      isEnded: () => this.#stop.signal.aborted,
      stopsAfterRdb: this.#settings.mode === 'full',
      repair: (damaged: SpoolPosition) => this.refetch(damaged),
    };
    return Promise.resolve(new FileSpoolReader(source, wanted ? this.#reach(wanted) : this.#start));
  }

  status(): ReceiverStatus {
    const { meta, appended, replicationId, bytes } = this.#spool;
    const hasStream = meta !== null && (!meta.hasRdb || meta.rdbBytes !== null);
    return {
      phase: this.#phase,
      source: this.#source,
      replicationId,
      fullSyncOffset: meta?.fullSyncOffset ?? null,
      rdbBytesTotal: meta?.rdbBytes ?? this.#rdbBytesTotal,
      rdbBytesReceived: appended.rdb,
      receivedOffset: hasStream ? appended.stream : null,
      bytesIn: this.#bytesIn,
      spoolBytes: bytes,
      reconnects: Math.max(0, this.#sessions - 1),
      fullSyncs: this.#fullSyncs,
    };
  }

  acknowledge(position: SpoolPosition): void {
    this.#spool.acknowledge(position);
    if (position.phase === 'stream') this.#acknowledgedOffset = position.at;
  }

  receivedAtOf(offset: number): number | null {
    return this.#spool.receivedAtOf(offset);
  }

  refetch(position: SpoolPosition): void {
    const { phase, at } = position;
    const { shard, dir } = this.#settings;
    const code = this.#spool.holds(position) ? 'spool.corrupt' : 'spool.position_lost';
    const error = new FerryError(code, { shard: shard.id, phase, at, path: dir });
    this.#tell(error);
    const { meta, replicationId } = this.#spool;
    if (phase === 'stream' && meta && replicationId) this.#spool.beginStream(replicationId, meta.fullSyncOffset, at);
    else this.#plan = 'spool_damaged';
    this.#link?.fail(error);
    this.#run();
  }

  /** Where a reader begins; what is not kept (any more) is fetched again, as far as the source still has it. */
  #reach(wanted: SpoolPosition | 'full_sync'): SpoolPosition | { after: number } {
    const { generation } = this.#spool;
    const isAwaited = 'after' in this.#start && this.#start.after === generation;
    if (isAwaited) return this.#start;
    const position: SpoolPosition = wanted === 'full_sync' ? { phase: 'rdb', at: 0 } : wanted;
    if (this.#spool.holds(position))
      return wanted === 'full_sync' ? { after: generation - 1 } : this.#placeOf(position);
    this.refetch(position);
    return position.phase === 'stream' ? position : { after: generation };
  }

  /** A repeated RDB is applied from its beginning: the same entries may lie elsewhere in it. */
  #placeOf(position: SpoolPosition): SpoolPosition | { after: number } {
    const { generation, meta } = this.#spool;
    return position.phase === 'rdb' && meta?.isRepeated ? { after: generation - 1 } : position;
  }

  async stop(): Promise<void> {
    this.#stop.abort(new FerryError('migration.stopped'));
    if (this.#timer) clearInterval(this.#timer);
    this.#link?.end();
    await this.#loop;
    await this.#spool.close();
    this.#spool.touch();
  }

  /** null: what is spooled can be used, and the source be asked to go on behind it. */
  #planFor(from: ResumePoint | null): FullSyncReason | null {
    if (!from) return 'first';
    if (this.#spool.covers(from) && (from.position.phase === 'stream' || this.#hasWholeRdb())) return null;
    if (from.position.phase === 'rdb' || from.replicationId === noId) return 'rdb_incomplete';
    this.#spool.beginStream(from.replicationId, from.fullSyncOffset, from.position.at);
    return null;
  }

  #hasWholeRdb(): boolean {
    const { meta, written } = this.#spool;
    return meta?.hasRdb === true && meta.rdbBytes !== null && meta.rdbBytes === written.rdb;
  }

  /** Starts the background work unless it is under way. */
  #run(): void {
    if (this.#stop.signal.aborted) return;
    this.#loop ??= this.#receive()
      .catch((thrown: unknown) => {
        if (this.#stop.signal.aborted) return;
        this.#failure = toFerryError(thrown);
        this.#setPhase('failed');
      })
      .finally(() => {
        this.#endTurn();
        this.#loop = null;
        this.#spool.touch();
      });
  }

  async #receive(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted && !this.#isComplete()) {
      await this.#untilOpen(signal);
      try {
        await this.#session(signal);
      } catch (thrown) {
        this.#endTurn();
        if (signal.aborted) return;
        const error = toFerryError(thrown);
        this.#brokenOff.note(error, this.#source);
        const waitMs = error.code === 'spool.full' ? 0 : this.#policy.next(error);
        if (waitMs === null) throw error;
        this.#tell(error);
        this.#setPhase(this.#sessions > 0 ? 'reconnecting' : 'connecting');
        await this.#deps.clock.sleep(Math.max(waitMs, this.#fullSyncGapMs()), signal);
      }
    }
    if (!signal.aborted) this.#setPhase('done');
  }

  /** A source whose stream cannot be continued is asked for all of it: one server of a host at a time. */
  async #queue(host: string, signal: AbortSignal): Promise<void> {
    const { meta } = this.#spool;
    const isPartial = this.#plan === null && meta !== null && (!meta.hasRdb || meta.rdbBytes !== null);
    if (isPartial || !this.#settings.turn) return;
    this.#setPhase('waiting_snapshot');
    this.#endTurn();
    this.#endTurn = await this.#settings.turn(host, signal);
  }

  #isComplete(): boolean {
    return this.#settings.mode === 'full' && this.#plan === null && this.#hasWholeRdb();
  }

  async #session(signal: AbortSignal): Promise<void> {
    const { shard, clientName } = this.#settings;
    const address = await shard.locate(signal);
    await this.#queue(address.host, signal);
    const session = await openSession({ address, clientName, signal });
    this.#policy.contact();
    this.#sessions++;
    this.#source = session.endpoint;
    if (this.#phase === 'connecting') this.#setPhase('handshake');
    this.#widenIdle(session);
    const reason = await this.#brokenOff.explain(session, this.#spool.appended.stream);
    if (reason) this.#tell(reason);
    const detached = session.connection.detach();
    const from = this.#continuation(session);
    const settings = {
      endpoint: session.endpoint,
      user: address.user ?? null,
      request: streamRequest(session.isSyncOnly, from),
      hasReply: !session.isSyncOnly,
      maxRdbBytes: maxRdbBytes(session.info),
      idleMs: this.#idleMs,
      ackOffset: session.isSyncOnly ? null : () => this.#acknowledgedOffset,
    };
    const sink = this.#sinkFor(session, from !== null);
    this.#link = new ReplicationLink(detached, settings, { clock: this.#deps.clock, sink });
    const unlink = () => this.#link?.end();
    const leave = () => this.#link?.fail(toFerryError(address.until?.reason));
    signal.addEventListener('abort', unlink, { once: true });
    address.until?.addEventListener('abort', leave, { once: true });
    if (address.until?.aborted) leave();
    try {
      await this.#link.done;
    } finally {
      signal.removeEventListener('abort', unlink);
      address.until?.removeEventListener('abort', leave);
      this.#link = null;
    }
  }

  /** Where to go on in the source's stream, or null for a full sync. */
  #continuation({ isSyncOnly }: Session): { replicationId: string; offset: number } | null {
    const { replicationId, meta, appended } = this.#spool;
    if (this.#plan === null && meta && (isSyncOnly || replicationId === noId)) this.#plan = 'backlog_overrun';
    if (this.#plan === null && meta?.hasRdb && meta.rdbBytes === null) this.#plan = 'rdb_incomplete';
    return this.#plan === null && replicationId ? { replicationId, offset: appended.stream } : null;
  }

  #sinkFor(session: Session, wasContinuing: boolean): TransferSink {
    const spool = this.#spool;
    return {
      fullSync: (id, offset) => this.#beginFullSync(session.endpoint, id, offset),
      proceed: (id) => {
        if (!wasContinuing) throw invalid('it goes on where nothing was asked to go on');
        if (id && id !== spool.replicationId) {
          spool.addHistory(id);
          this.#deps.log.info('The source goes on with another replication id', { code: 'source.failover' });
        }
        this.#setPhase('incremental_sync');
      },
      rdbStart: (size) => {
        if (session.isSyncOnly) this.#beginFullSync(session.endpoint, noId, 0);
        this.#rdbBytesTotal = size;
        this.#setPhase('full_sync');
      },
      rdb: (bytes) => this.#append('rdb', bytes),
      rdbEnd: () => this.#endRdb(),
      stream: (bytes) => this.#append('stream', bytes),
      refused: () => {},
    };
  }

  #beginFullSync(endpoint: string, id: string, offset: number): void {
    const isSameHistory = this.#spool.meta?.ids.some((known) => known.replicationId === id) ?? false;
    const reason = this.#plan ?? (isSameHistory ? 'backlog_overrun' : 'source_changed');
    if (reason === 'backlog_overrun') this.#countOverrun(endpoint);
    if (reason === 'source_changed') this.#tell(new FerryError('source.restarted', { endpoint }));
    this.#spool.beginFullSync(id, offset, reason);
    // Until it is whole, a break means that this RDB is of no use.
    this.#plan = 'rdb_incomplete';
    this.#fullSyncs++;
    this.#lastFullSyncAt = this.#deps.clock.monotonic();
    this.#rdbBytesTotal = null;
    this.#acknowledgedOffset = 0;
    this.#setPhase('waiting_snapshot');
  }

  #countOverrun(endpoint: string): void {
    const error = new FerryError('source.backlog_overrun', { endpoint, offset: this.#spool.appended.stream });
    if (this.#overruns.areTooMany(this.#lastFullSyncAt)) throw error;
    this.#tell(error);
  }

  #append(phase: SpoolPosition['phase'], bytes: Buffer): void {
    this.#bytesIn += bytes.length;
    this.#policy.progress();
    this.#spool.append(phase, bytes);
    if (phase === 'stream' && this.#phase !== 'incremental_sync') this.#setPhase('incremental_sync');
    if (!this.#gate.isOpen()) this.#link?.setPaused(true);
  }

  #endRdb(): void {
    this.#endTurn();
    this.#spool.endRdb();
    this.#plan = null;
    if (this.#settings.mode === 'sync') this.#setPhase('incremental_sync');
    else void this.#endWhenWritten(this.#link);
  }

  async #endWhenWritten(link: ReplicationLink | null): Promise<void> {
    while (!this.#hasWholeRdb() && !this.#stop.signal.aborted) await this.#deps.clock.sleep(20);
    link?.end();
  }

  /** A source that had nothing to say for so long is given more time; one whose link was dead is not. */
  #widenIdle({ info }: Session): void {
    const wasQuiet = this.#sessions > 1 && info.replicationOffset === this.#spool.appended.stream;
    this.#idleMs = wasQuiet ? Math.min(maxIdleMs, this.#idleMs * 2) : minIdleMs;
  }

  /** Reads from the source again as soon as there is room. */
  #mindTheGate(): void {
    if (this.#link && this.#gate.isOpen()) this.#link.setPaused(false);
  }

  async #untilOpen(signal: AbortSignal): Promise<void> {
    while (!this.#gate.isOpen()) await this.#deps.clock.sleep(200, signal);
  }

  async #maintain(): Promise<void> {
    try {
      await this.#spool.maintain();
      this.#mindTheGate();
      const reason = this.#link?.state === 'stream' && !this.#gate.isOpen() ? this.#gate.reasonToClose() : null;
      if (reason) this.#link?.fail(reason);
    } catch (thrown) {
      this.#tell(toFerryError(thrown));
    }
  }

  #fullSyncGapMs(): number {
    if (this.#plan === null) return 0;
    return this.#lastFullSyncAt + (this.#settings.fullSyncGapMs ?? minFullSyncGapMs) - this.#deps.clock.monotonic();
  }

  #tell(error: FerryError): void {
    if (this.#deps.onError) this.#deps.onError(error);
    else this.#deps.log.warn(error.message, { code: error.code, detail: error.detail });
  }

  #setPhase(phase: ShardPhase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#deps.onPhase?.(phase);
  }
}

const invalid = (problem: string): FerryError => new FerryError('stream.invalid', { endpoint: 'The source', problem });
