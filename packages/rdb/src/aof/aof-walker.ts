import { FerryError } from '@cacheferry/kernel';

/** Takes what an AOF holds. Arguments are slices that hold only during the call. */
export interface AofSink {
  /** `start` and `end` are offsets in the file. */
  command(argv: Buffer[], start: number, end: number): void;
  /** A `#TS:` annotation: what follows was executed at or after this second. */
  timestamp?(unixSeconds: number, offset: number): void;
}

/** How an AOF ended: up to where it is whole, and what lies behind that (a cut command, or a MULTI without its EXEC). */
export type AofEnd = { validBytes: number; droppedBytes: number };

const maxArguments = 2 ** 31;
const maxArgumentBytes = 4_294_967_296 - 65_536;
const maxLineBytes = 65_536;
const star = 0x2a;
const dollar = 0x24;
const hash = 0x23;
const carriageReturn = 13;
const lineFeed = 10;

/**
 * Reads the commands of an AOF (the part behind an RDB preamble) from a stream of windows.
 *
 * Throws `aof.corrupt` with the offset of the record that cannot be read. Spec: redis aof.c, loadSingleAppendOnlyFile.
 */
export class AofWalker {
  readonly #sink: AofSink;
  readonly #file: string;
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  #consumed: number;
  #needEnd = 0;
  #needBytes = 1;
  #openMulti = -1;

  /** `offset` is where in the file the first byte lies; `file` is for errors. */
  constructor(sink: AofSink, file: string, offset = 0) {
    this.#sink = sink;
    this.#file = file;
    this.#consumed = offset;
  }

  /** How many bytes, left-over included, must be there before the next command can be whole. */
  get needBytes(): number {
    return this.#needBytes;
  }

  /** Consumes whole commands of `buffer[start, end)`; returns the position after the last one. */
  walk(buffer: Buffer, start: number, end: number): number {
    this.#buffer = buffer;
    this.#end = end;
    this.#at = start;
    let whole = start;
    while (this.#record(this.#consumed + whole - start)) whole = this.#at;
    this.#consumed += whole - start;
    this.#needBytes = Math.max(this.#needEnd - whole, 1);
    return whole;
  }

  /** Call when no more bytes will come; `leftOver` are those that `walk` did not consume. */
  finish(leftOver: number): AofEnd {
    const validBytes = this.#openMulti >= 0 ? this.#openMulti : this.#consumed;
    return { validBytes, droppedBytes: this.#consumed + leftOver - validBytes };
  }

  #record(offset: number): boolean {
    if (this.#at >= this.#end) return this.#short(this.#at + 1);
    const first = this.#buffer[this.#at];
    if (first === hash) return this.#annotation(offset);
    const argv = this.#command(offset);
    if (argv === undefined) return false;
    this.#sink.command(argv, offset, offset + this.#length);
    this.#follow(argv, offset);
    return true;
  }

  #length = 0;

  #command(offset: number): Buffer[] | undefined {
    const start = this.#at;
    const count = this.#number(star, maxArguments, offset);
    if (count === undefined) return undefined;
    if (count < 1) throw this.#damaged('an empty command', offset);
    const argv: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const length = this.#number(dollar, maxArgumentBytes, offset);
      if (length === undefined) return undefined;
      const from = this.#at;
      this.#at = from + length + 2;
      if (this.#at > this.#end) return void this.#short(this.#at);
      if (!this.#endsLine(from + length)) throw this.#damaged('an argument without its end', offset);
      argv.push(this.#buffer.subarray(from, from + length));
    }
    this.#length = this.#at - start;
    return argv;
  }

  /** Reads `*N` or `$N` with its line end; `undefined` when it is cut. */
  #number(mark: number, limit: number, offset: number): number | undefined {
    if (this.#at >= this.#end) return void this.#short(this.#at + 1);
    if (this.#buffer[this.#at] !== mark)
      throw this.#damaged(`no ${String.fromCharCode(mark)} where one must be`, offset);
    let value = 0;
    let at = this.#at + 1;
    for (; at < this.#end; at++) {
      const digit = (this.#buffer[at] as number) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value > limit) throw this.#damaged('a length beyond all bounds', offset);
    }
    if (at + 2 > this.#end) return void this.#short(at + 2);
    if (!this.#endsLine(at) || at === this.#at + 1) throw this.#damaged('a length that is no number', offset);
    this.#at = at + 2;
    return value;
  }

  #endsLine(at: number): boolean {
    return this.#buffer[at] === carriageReturn && this.#buffer[at + 1] === lineFeed;
  }

  #annotation(offset: number): boolean {
    const end = this.#buffer.subarray(0, this.#end).indexOf(lineFeed, this.#at);
    if (end < 0) {
      if (this.#end - this.#at > maxLineBytes) throw this.#damaged('an annotation without end', offset);
      return this.#short(this.#end + 1);
    }
    const stamp = /^#TS:(\d{1,15})\r?$/.exec(this.#buffer.toString('latin1', this.#at, end));
    this.#at = end + 1;
    if (stamp) this.#sink.timestamp?.(Number(stamp[1]), offset);
    return true;
  }

  /** Remembers a MULTI that has no EXEC yet: what follows it counts only together. */
  #follow(argv: Buffer[], offset: number): void {
    const name = argv[0] as Buffer;
    if (name.length !== 5 && name.length !== 4) return;
    const word = name.toString('latin1').toUpperCase();
    if (word === 'MULTI') this.#openMulti = offset;
    else if (word === 'EXEC') this.#openMulti = -1;
  }

  #short(needEnd: number): false {
    this.#needEnd = needEnd;
    return false;
  }

  #damaged(reason: string, offset: number): FerryError {
    return new FerryError('aof.corrupt', { file: this.#file, offset, reason });
  }
}
