import { FerryError } from '@cacheferry/kernel';
import { malformed, readDecimal, ReplyError } from '@cacheferry/resp';

/** What a source answers to PSYNC and sends then, taken apart. Bytes are slices of the fed pieces. */
export interface TransferSink {
  fullSync(replicationId: string, offset: number): void;
  /** `replicationId` is null when the source did not name one. */
  proceed(replicationId: string | null): void;
  /** The RDB begins; its size, or null when the source does not say it. */
  rdbStart(size: number | null): void;
  rdb(bytes: Buffer): void;
  rdbEnd(): void;
  stream(bytes: Buffer): void;
  /** The source answered with an error: nothing more comes. */
  refused(reply: ReplyError): void;
}

type State = 'reply' | 'preamble' | 'sized' | 'marked' | 'stream' | 'refused';

const maxReplyLine = 1024;
const markBytes = 40;

/**
 * Takes apart what follows PSYNC: the reply, the RDB in either framing (`$length`, or `$EOF:` with a mark behind it), and
 * the command stream; pieces may be cut anywhere, the mark included. Line feeds that keep the link alive are read over.
 *
 * Throws `stream.invalid` and `protocol.malformed` for anything that cannot be right.
 */
export class Transfer {
  readonly #sink: TransferSink;
  #state: State;
  #line = '';
  #left = 0;
  #mark: Buffer = Buffer.alloc(0);
  /** Bytes that may be the beginning of the mark. */
  #held: Buffer = Buffer.alloc(0);
  /** More bytes than this in an RDB of unknown size cannot be right. */
  maxRdbBytes = Number.MAX_SAFE_INTEGER;
  #rdbBytes = 0;

  constructor(sink: TransferSink, start: 'reply' | 'preamble' = 'reply') {
    this.#sink = sink;
    this.#state = start;
  }

  get state(): State {
    return this.#state;
  }

  /** Whether the RDB's end is told by a mark: such a source waits for an ACK before it sends the stream. */
  get isMarked(): boolean {
    return this.#mark.length > 0;
  }

  feed(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && this.#state !== 'refused'; ) {
      if (this.#state === 'stream') {
        this.#sink.stream(at === 0 ? chunk : chunk.subarray(at));
        return;
      }
      if (this.#state === 'sized') at = this.#takeSized(chunk, at);
      else if (this.#state === 'marked') at = this.#takeMarked(chunk, at);
      else at = this.#takeLine(chunk, at);
    }
  }

  #takeLine(chunk: Buffer, start: number): number {
    let at = start;
    // Keep-alives stand where a line would begin.
    if (this.#line === '') while (at < chunk.length && (chunk[at] === 0x0a || chunk[at] === 0x0d)) at++;
    const feed = chunk.indexOf(0x0a, at);
    const end = feed < 0 ? chunk.length : feed;
    if (this.#line === '' && at < end && !isReplyStart(chunk[at] as number))
      throw malformed('no reply to PSYNC', chunk, at);
    if (this.#line.length + end - at > maxReplyLine) throw invalid('the reply to PSYNC is longer than 1 KiB');
    this.#line += chunk.toString('latin1', at, end);
    if (feed < 0) return chunk.length;
    const line = this.#line.replace(/\r$/, '');
    this.#line = '';
    if (line.startsWith('-')) {
      this.#state = 'refused';
      this.#sink.refused(new ReplyError(line.slice(1)));
    } else if (this.#state === 'reply') this.#reply(line);
    else this.#preamble(line);
    return feed + 1;
  }

  #reply(line: string): void {
    const full = /^\+FULLRESYNC ([0-9a-zA-Z]{40}) (-?\d+)$/i.exec(line);
    if (full) {
      const offset = Number(full[2]);
      if (!(offset >= 0 && Number.isSafeInteger(offset))) throw invalid('the offset of its full sync is wrong');
      this.#state = 'preamble';
      return this.#sink.fullSync((full[1] as string).toLowerCase(), offset);
    }
    const proceed = /^\+CONTINUE(?: ([0-9a-zA-Z]{40}))?$/i.exec(line);
    if (!proceed) throw invalid('it answered PSYNC with something else than FULLRESYNC or CONTINUE');
    this.#state = 'stream';
    this.#sink.proceed(proceed[1]?.toLowerCase() ?? null);
  }

  #preamble(line: string): void {
    this.#rdbBytes = 0;
    const mark = /^\$EOF:(.{40})$/.exec(line)?.[1];
    if (mark !== undefined) {
      this.#mark = Buffer.from(mark, 'latin1');
      this.#state = 'marked';
      return this.#sink.rdbStart(null);
    }
    const size = /^\$\d+$/.test(line) ? readDecimal(Buffer.from(line), 1, line.length) : Number.NaN;
    if (!(size > 0)) throw invalid('the size of its RDB is wrong');
    this.#left = size;
    this.#state = 'sized';
    this.#sink.rdbStart(size);
  }

  #takeSized(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    this.#sink.rdb(chunk.subarray(at, end));
    if (this.#left === 0) this.#endRdb();
    return end;
  }

  #takeMarked(chunk: Buffer, at: number): number {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk.subarray(at)]) : chunk.subarray(at);
    const heldBefore = this.#held.length;
    const found = bytes.indexOf(this.#mark);
    const end = found >= 0 ? found : bytes.length - this.#beginningOfMark(bytes);
    this.#rdbBytes += end;
    if (this.#rdbBytes > this.maxRdbBytes)
      throw invalid('its RDB is longer than its memory, and the end does not come');
    if (end > 0) this.#sink.rdb(bytes.subarray(0, end));
    if (found < 0) {
      this.#held = Buffer.from(bytes.subarray(end));
      return chunk.length;
    }
    this.#held = Buffer.alloc(0);
    this.#endRdb();
    return at + found + markBytes - heldBefore;
  }

  /** Length of the longest end of `bytes` with which the mark begins. */
  #beginningOfMark(bytes: Buffer): number {
    const first = this.#mark[0] as number;
    for (let at = Math.max(0, bytes.length - markBytes + 1); at < bytes.length; at++) {
      if (bytes[at] === first && this.#mark.subarray(0, bytes.length - at).equals(bytes.subarray(at)))
        return bytes.length - at;
    }
    return 0;
  }

  #endRdb(): void {
    this.#state = 'stream';
    this.#sink.rdbEnd();
  }
}

const isReplyStart = (byte: number): boolean => byte === 0x2b || byte === 0x2d || byte === 0x24;
const invalid = (problem: string): FerryError => new FerryError('stream.invalid', { endpoint: 'The source', problem });
