import type { Socket } from 'node:net';
import { type Clock, FerryError } from '@cacheferry/kernel';
import {
  classifyErrno,
  classifyLinkError,
  classifyReply,
  type DetachedSocket,
  encodeCommand,
  type ReplyError,
} from '@cacheferry/resp';
import { Transfer, type TransferSink } from './transfer.ts';

export type LinkSettings = {
  endpoint: string;
  user: string | null;
  /** Bytes that ask for the stream: PSYNC, or SYNC for servers before 2.8. */
  request: Buffer;
  /** Whether the request is answered by a status line (PSYNC) or by the RDB at once (SYNC). */
  hasReply: boolean;
  /** More bytes than this in an RDB of unknown size are an endless one. */
  maxRdbBytes: number;
  /** How long the stream may be silent. */
  idleMs: number;
  /** Offset to report to the source; null: report nothing (a server before 2.8). */
  ackOffset: (() => number) | null;
};

const tickMs = 100;
const ackEveryMs = 1_000;
const minAckGapMs = 100;
/** A source may be busy for long before and while it sends its RDB; it sends line feeds meanwhile. */
const syncIdleMs = 60_000;

/**
 * One replication link from PSYNC to its end: hands bytes to the transfer, acknowledges, notices silence.
 *
 * `done` never resolves by itself; it rejects with the reason for the end, and resolves when the owner called `end`.
 */
export class ReplicationLink {
  readonly done: Promise<void>;
  readonly #socket: Socket;
  readonly #settings: LinkSettings;
  readonly #clock: Clock;
  readonly #transfer: Transfer;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};
  #isOver = false;
  #lastByteAt: number;
  #lastAckAt = 0;
  #lastAcked = -1;
  #hasFullSync = false;
  #hasStream = false;
  #isMarkedEnd = false;
  #isPaused = false;
  readonly #timer: NodeJS.Timeout;

  constructor(detached: DetachedSocket, settings: LinkSettings, deps: { clock: Clock; sink: TransferSink }) {
    const { socket, rest, shared } = detached;
    this.#socket = socket;
    this.#settings = settings;
    this.#clock = deps.clock;
    this.#lastByteAt = deps.clock.monotonic();
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#transfer = new Transfer(this.#watch(deps.sink), settings.hasReply ? 'reply' : 'preamble');
    this.#transfer.maxRdbBytes = settings.maxRdbBytes;
    const { endpoint } = settings;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.fail(classifyLinkError(error, endpoint)));
    socket.on('close', () => this.fail(this.#ending()));
    this.#timer = setInterval(() => this.#tick(), tickMs);
    socket.write(settings.request);
    if (rest.length > 0) this.#take(rest);
    shared?.open((piece) => this.#take(piece));
    socket.resume();
  }

  get state(): Transfer['state'] {
    return this.#transfer.state;
  }

  /** Stops or goes on reading from the source. */
  setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused || this.#isOver) return;
    this.#isPaused = isPaused;
    this.#lastByteAt = this.#clock.monotonic();
    if (isPaused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Ends the link in order. */
  end(): void {
    if (this.#isOver) return;
    this.#close();
    this.#resolve();
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#close();
    this.#reject(error);
  }

  #close(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return;
    // One piece is progress enough for the source.
    if (this.#isPaused) this.#socket.pause();
    this.#lastByteAt = this.#clock.monotonic();
    try {
      this.#transfer.feed(chunk);
    } catch (error) {
      this.fail(this.#named(error));
    }
  }

  /** Passes everything on and notes what acknowledging depends on. */
  #watch(sink: TransferSink): TransferSink {
    return {
      fullSync: (id, offset) => {
        this.#hasFullSync = true;
        sink.fullSync(id, offset);
      },
      proceed: (id) => {
        this.#hasStream = true;
        sink.proceed(id);
      },
      rdbStart: (size) => sink.rdbStart(size),
      rdb: (bytes) => sink.rdb(bytes),
      rdbEnd: () => {
        this.#isMarkedEnd = this.#transfer.isMarked;
        sink.rdbEnd();
      },
      stream: (bytes) => {
        this.#hasStream = true;
        sink.stream(bytes);
      },
      refused: (reply) => {
        sink.refused(reply);
        this.fail(refusal(reply, this.#settings));
      },
    };
  }

  #tick(): void {
    const now = this.#clock.monotonic();
    const isStream = this.state === 'stream';
    if (this.#isPaused) this.#trickle(now);
    else if (now - this.#lastByteAt > (isStream && this.#hasStream ? this.#settings.idleMs : syncIdleMs))
      return this.fail(new FerryError('endpoint.timeout', { endpoint: this.#settings.endpoint }));
    if (isStream) this.#acknowledge(now);
  }

  /**
   * Behind a marked RDB the source sends nothing before an ACK, and one right after the mark is ignored: its child is not
   * reaped yet. So there is one each 100 ms until the first byte of the stream; later one a second, or when it changed.
   */
  #acknowledge(now: number): void {
    const { ackOffset } = this.#settings;
    if (!ackOffset) return;
    const offset = ackOffset();
    const gap = (this.#isMarkedEnd && !this.#hasStream) || offset !== this.#lastAcked ? minAckGapMs : ackEveryMs;
    if (now - this.#lastAckAt < gap - tickMs / 2) return;
    this.#lastAckAt = now;
    this.#lastAcked = offset;
    this.#socket.write(encodeCommand(['REPLCONF', 'ACK', offset]));
  }

  /** While reading is held up the source must see some progress, or it gives the link up after its repl-timeout. */
  #trickle(now: number): void {
    if (now - this.#lastByteAt < 10_000) return;
    this.#lastByteAt = now;
    this.#socket.resume();
  }

  /** What it means that the source ended the link. One that cannot finish its snapshot does nothing else. */
  #ending(): FerryError {
    const { endpoint } = this.#settings;
    const isSyncing = this.#hasFullSync && this.state !== 'stream';
    return new FerryError(isSyncing ? 'source.sync_failed' : 'endpoint.link_lost', { endpoint });
  }

  #named(error: unknown): Error {
    const { endpoint } = this.#settings;
    if (!(error instanceof FerryError)) return classifyErrno(error, endpoint);
    if (error.code !== 'stream.invalid' && error.code !== 'protocol.malformed') return error;
    return new FerryError(error.code, { ...error.facts, endpoint }, error.cause);
  }
}

/** The error for a source that answers PSYNC, or breaks off its snapshot, with an error reply. */
function refusal(reply: ReplyError, { endpoint, user }: LinkSettings): FerryError {
  const known = classifyReply(reply, { endpoint, command: 'PSYNC', user });
  if (known.code === 'endpoint.no_permission' || known.code === 'endpoint.unknown_command')
    return new FerryError('source.psync_refused', { endpoint, user: user ?? 'default', reason: known.detail }, known);
  return known.code === 'endpoint.command_failed'
    ? new FerryError('source.sync_failed', { endpoint }, known.detail)
    : known;
}
