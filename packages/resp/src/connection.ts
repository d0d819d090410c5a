import type { Socket } from 'node:net';
import { FerryError } from '@cacheferry/kernel';
import { classifyErrno, classifyLinkError } from './classify-errno.ts';
import { classifyReply } from './classify-reply.ts';
import { defaultMaxBulkBytes } from './codec/bounds.ts';
import { type Argument, type Command, encodeCommands } from './codec/encode-command.ts';
import { ReplyReader } from './codec/read-reply.ts';
import { type Reply, type ReplyConsumer, ReplyError } from './codec/reply.ts';
import { ReplyScanner } from './codec/scan-replies.ts';
import type { SharedReads } from './shared-reads.ts';

/** A socket that somebody else reads from now on, and what had come before. */
export type DetachedSocket = { socket: Socket; rest: Buffer; shared: SharedReads | null };

type Waiting = { consumer: ReplyConsumer; resolve: () => void; reject: (error: unknown) => void };
export type ConnectionSettings = {
  /** Host and port for texts. */
  endpoint: string;
  user: string | null;
  /** How long a server may stay silent while a reply is due; 0 = for ever. */
  replyTimeoutMs: number;
  maxBulkBytes: number;
};

const maxEarlyBytes = 65_536;

/**
 * One pipelined connection to a Redis-family server: requests go out at once, replies come back in order.
 *
 * One promise per batch. When the link breaks every waiting promise is rejected with the same typed error, and `failure`
 * says which; a connection is never mended, its owner opens a new one.
 */
export class Connection {
  readonly endpoint: string;
  readonly #socket: Socket;
  readonly #settings: ConnectionSettings;
  #queue: Waiting[] = [];
  #head = 0;
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #hasAnswered = false;
  #failure: FerryError | Error | null = null;
  readonly #shared: SharedReads | null;
  #closed: Promise<void>;
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #onTimeout = (): void => this.#silence();
  readonly #onError = (error: Error): void => this.destroy(classifyLinkError(error, this.endpoint));
  readonly #onClose = (): void => this.destroy(new FerryError('endpoint.link_lost', { endpoint: this.endpoint }));

  /** `shared`: how the socket was told to read; null: by pieces of their own. */
  constructor(socket: Socket, settings: ConnectionSettings, shared: SharedReads | null = null) {
    this.#socket = socket;
    this.#settings = settings;
    this.endpoint = settings.endpoint;
    socket
      .on('data', this.#onData)
      .on('timeout', this.#onTimeout)
      .on('error', this.#onError)
      .on('close', this.#onClose);
    socket.setTimeout(settings.replyTimeoutMs);
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.#shared = shared;
    shared?.open((piece) => this.#takeShared(piece));
  }

  /** Why the connection is of no more use, or null. */
  get failure(): FerryError | Error | null {
    return this.#failure;
  }

  /** Batches that wait for replies. */
  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  /** Runs one command. Throws the classified error when the server answers with one. */
  async call(...args: Argument[]): Promise<Reply> {
    const [reply] = await this.pipeline([args]);
    if (reply instanceof ReplyError) throw this.classify(reply, String(args[0]));
    return reply as Reply;
  }

  /** Runs many commands in one write; error replies are values of the result. */
  async pipeline(commands: readonly Command[]): Promise<Reply[]> {
    if (commands.length === 0) return [];
    const reader = new ReplyReader(commands.length, this.#settings.maxBulkBytes);
    await this.send(encodeCommands(commands), reader);
    return reader.replies;
  }

  /** Sends bytes that are protocol already and counts `replies` answers; only errors are kept. */
  async callRaw(bytes: Buffer | readonly Buffer[], replies: number): Promise<ReplyScanner> {
    const scanner = new ReplyScanner(replies, this.#settings.maxBulkBytes);
    await this.send(bytes, scanner);
    return scanner;
  }

  /** Sends bytes and lets `consumer` take the answer; resolves when it is done. */
  send(bytes: Buffer | readonly Buffer[], consumer: ReplyConsumer): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#queue.push({ consumer, resolve, reject });
      this.write(bytes);
      this.#takeEarly();
    });
  }

  /** Writes without waiting for any answer. Returns false when the socket's own buffer is full. */
  write(bytes: Buffer | readonly Buffer[]): boolean {
    if (Buffer.isBuffer(bytes)) return this.#socket.write(bytes);
    this.#socket.cork();
    let isFree = true;
    for (const part of bytes) isFree = this.#socket.write(part);
    this.#socket.uncork();
    return isFree;
  }

  /** The typed error for an error reply of this server. */
  classify(error: ReplyError, command: string): FerryError {
    return classifyReply(error, { endpoint: this.endpoint, command: command.toUpperCase(), user: this.#settings.user });
  }

  /**
   * Hands the socket over, for a replication stream: the connection is of no use afterwards. No reply may be due. `shared`:
   * where its bytes come instead of as events; null: they come as events.
   */
  detach(): DetachedSocket {
    this.#shared?.hold();
    this.#socket.pause();
    this.#socket.setTimeout(0);
    this.#socket.off('data', this.#onData).off('timeout', this.#onTimeout);
    this.#socket.off('error', this.#onError).off('close', this.#onClose);
    this.#failure = new FerryError('endpoint.link_lost', { endpoint: this.endpoint });
    return { socket: this.#socket, rest: Buffer.concat(this.#early), shared: this.#shared };
  }

  /** Ends the connection; replies that are still due are rejected. Resolves when the socket is closed. */
  async close(): Promise<void> {
    this.destroy(new FerryError('endpoint.link_lost', { endpoint: this.endpoint }));
    await this.#closed;
  }

  /** Ends the connection with a reason of the caller. */
  destroy(reason: FerryError | Error): void {
    if (this.#failure) return;
    this.#failure = reason;
    this.#socket.destroy();
    const due = this.#queue.slice(this.#head);
    this.#queue = [];
    this.#head = 0;
    for (const { reject } of due) reject(reason);
  }

  #take(chunk: Buffer): void {
    let at = 0;
    try {
      while (at < chunk.length && !this.#failure) {
        const waiting = this.#queue[this.#head];
        if (!waiting) return this.#keepEarly(chunk.subarray(at));
        at = waiting.consumer.feed(chunk, at);
        if (waiting.consumer.isDone) this.#finish(waiting);
      }
    } catch (error) {
      this.destroy(this.#protocolError(error));
    }
  }

  /** The same for a piece whose memory is used again. */
  #takeShared(piece: Buffer): void {
    const waiting = this.#queue[this.#head];
    if (!waiting?.consumer.keepsNothing) return this.#take(Buffer.from(piece));
    try {
      const at = waiting.consumer.feed(piece, 0);
      if (waiting.consumer.isDone) this.#finish(waiting);
      if (at < piece.length && !this.#failure) this.#takeShared(piece.subarray(at));
    } catch (error) {
      this.destroy(this.#protocolError(error));
    }
  }

  #finish(waiting: Waiting): void {
    this.#hasAnswered = true;
    this.#head++;
    if (this.#head >= 64 || this.#head === this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    waiting.resolve();
  }

  /** Bytes that nobody asked for: a server may refuse a connection before the first request. */
  #keepEarly(rest: Buffer): void {
    this.#early.push(rest);
    this.#earlyBytes += rest.length;
    if (this.#earlyBytes > maxEarlyBytes)
      this.destroy(
        new FerryError(this.#hasAnswered ? 'endpoint.link_lost' : 'endpoint.protocol', { endpoint: this.endpoint }),
      );
  }

  #takeEarly(): void {
    if (this.#earlyBytes === 0) return;
    const early = Buffer.concat(this.#early);
    this.#early = [];
    this.#earlyBytes = 0;
    this.#take(early);
  }

  #silence(): void {
    if (this.waiting > 0) this.destroy(new FerryError('endpoint.timeout', { endpoint: this.endpoint }));
  }

  #protocolError(error: unknown): FerryError {
    if (!(error instanceof FerryError) || error.code !== 'protocol.malformed')
      return classifyErrno(error, this.endpoint);
    const facts = { ...error.facts, endpoint: this.endpoint };
    return new FerryError(this.#hasAnswered ? 'protocol.malformed' : 'endpoint.protocol', facts, error);
  }
}

export const connectionDefaults = { replyTimeoutMs: 30_000, maxBulkBytes: defaultMaxBulkBytes };
