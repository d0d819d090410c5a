import { defaultMaxBulkBytes, malformed, maxDepth, readDecimal } from './bounds.ts';
import { LineReader } from './line-reader.ts';
import { type Reply, type ReplyConsumer, ReplyError } from './reply.ts';

const isReplyType = new Uint8Array(256);
for (const type of Buffer.from('+-:$*_,#(!=%~>|')) isReplyType[type] = 1;

/** A bulk above that gets room for all of it, once this share of it has come: what is merely announced costs nothing. */
const roomyBytes = 1_048_576;
const roomyShare = 8;

type Frame = { items: Reply[]; left: number; isKept: boolean };

/**
 * Collects `count` replies of RESP2 or RESP3, from pieces of any size.
 *
 * Bulks are slices of the received piece where they lie within one: copy what is kept for long. Arrays grow as their
 * elements arrive, never by what is announced. Attributes and pushes are read over.
 * Throws `protocol.malformed` beyond the bounds (line 64 KiB, bulk as set, depth 32).
 * Spec: redis.io protocol specification.
 */
export class ReplyReader implements ReplyConsumer {
  readonly replies: Reply[] = [];
  readonly #count: number;
  readonly #maxBulkBytes: number;
  readonly #line = new LineReader();
  readonly #stack: Frame[] = [];
  #bulkSize = 0;
  #bulkLeft = -1;
  #bulkParts: Buffer[] = [];
  /** The room for all of a large bulk. */
  #bulkRoom: Buffer | null = null;
  #bulkType = 0;

  constructor(count: number, maxBulkBytes = defaultMaxBulkBytes) {
    this.#count = count;
    this.#maxBulkBytes = maxBulkBytes;
  }

  get isDone(): boolean {
    return this.replies.length >= this.#count;
  }

  feed(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length && !this.isDone)
      at = this.#bulkLeft >= 0 ? this.#takeBulk(chunk, at) : this.#takeLine(chunk, at);
    return at;
  }

  #takeLine(chunk: Buffer, at: number): number {
    const line = this.#line;
    // Told at once, and not when a line ends that may never do.
    if (!line.isCarrying && !isReplyType[chunk[at] as number])
      throw malformed('a reply is of no known type', chunk, at);
    if (!line.find(chunk, at)) return chunk.length;
    const { bytes, start, end } = line;
    const type = bytes[start] as number;
    switch (type) {
      case 0x2b: // + status
        this.#add(bytes.toString('utf8', start + 1, end));
        break;
      case 0x2d: // - error
        this.#add(new ReplyError(bytes.toString('utf8', start + 1, end)));
        break;
      case 0x24: // $ bulk
      case 0x3d: // = verbatim text
      case 0x21: // ! bulk error
        return this.#openBulk(chunk, line.next, type);
      case 0x2a: // * array
      case 0x7e: // ~ set
      case 0x25: // % map
      case 0x3e: // > push
      case 0x7c: // | attribute
        this.#openArray(type);
        break;
      default:
        this.#add(scalar(bytes, start, end));
    }
    return line.next;
  }

  #openArray(type: number): void {
    const { bytes, start, end } = this.#line;
    const size = readDecimal(bytes, start + 1, end);
    if (size === -1 && type === 0x2a) return this.#add(null);
    if (!(size >= 0 && size <= 0x7fffffff)) throw malformed('the size of an array is wrong', bytes, start);
    if (this.#stack.length >= maxDepth) throw malformed('arrays are nested more than 32 deep', bytes, start);
    const isPaired = type === 0x25 || type === 0x7c;
    const isKept = type !== 0x7c && !(type === 0x3e && this.#stack.length === 0);
    this.#stack.push({ items: [], left: isPaired ? size * 2 : size, isKept });
    this.#closeFull();
  }

  #openBulk(chunk: Buffer, at: number, type: number): number {
    const { bytes, start, end } = this.#line;
    const size = readDecimal(bytes, start + 1, end);
    if (size === -1 && type === 0x24) {
      this.#add(null);
      return at;
    }
    if (!(size >= 0)) throw malformed('the length of a bulk string is wrong', bytes, start);
    if (size > this.#maxBulkBytes) throw malformed('a bulk string is longer than allowed', bytes, start);
    this.#bulkType = type;
    if (chunk.length - at >= size + 2) return this.#closeBulk(chunk.subarray(at, at + size + 2), at + size + 2);
    this.#bulkSize = size + 2;
    this.#bulkLeft = this.#bulkSize;
    return at;
  }

  #takeBulk(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#bulkLeft);
    const part = chunk.subarray(at, end);
    if (this.#bulkRoom) part.copy(this.#bulkRoom, this.#bulkSize - this.#bulkLeft);
    else this.#bulkParts.push(part);
    this.#bulkLeft -= end - at;
    if (this.#bulkLeft > 0) {
      const come = this.#bulkSize - this.#bulkLeft;
      const isDue = this.#bulkSize > roomyBytes && come * roomyShare >= this.#bulkSize;
      if (isDue && !this.#bulkRoom) this.#makeRoom();
      return end;
    }
    const whole = this.#bulkRoom ?? Buffer.concat(this.#bulkParts);
    this.#bulkParts = [];
    this.#bulkRoom = null;
    this.#bulkLeft = -1;
    return this.#closeBulk(whole, end);
  }

  /** Large bulks are put together as they come, so that they are not held twice. */
  #makeRoom(): void {
    const room = Buffer.allocUnsafeSlow(this.#bulkSize);
    let at = 0;
    for (const part of this.#bulkParts) at += part.copy(room, at);
    this.#bulkParts = [];
    this.#bulkRoom = room;
  }

  #closeBulk(withEnd: Buffer, next: number): number {
    const size = withEnd.length - 2;
    if (withEnd[size] !== 0x0d || withEnd[size + 1] !== 0x0a)
      throw malformed('a bulk string does not end where it said', withEnd, Math.max(0, size - 16));
    const body = withEnd.subarray(0, size);
    if (this.#bulkType === 0x24) this.#add(body);
    else if (this.#bulkType === 0x21) this.#add(new ReplyError(body.toString('utf8', 0, 65_536)));
    else this.#add(body.subarray(Math.min(4, size)));
    return next;
  }

  #add(value: Reply): void {
    const frame = this.#stack[this.#stack.length - 1];
    if (!frame) {
      this.replies.push(value);
      return;
    }
    frame.items.push(value);
    frame.left--;
    this.#closeFull();
  }

  /** Hands finished arrays to the array around them, as far up as they are full. */
  #closeFull(): void {
    for (let frame = this.#stack.at(-1); frame?.left === 0; frame = this.#stack.at(-1)) {
      this.#stack.pop();
      if (!frame.isKept) continue;
      const outer = this.#stack.at(-1);
      if (outer) {
        outer.items.push(frame.items);
        outer.left--;
      } else this.replies.push(frame.items);
    }
  }
}

function scalar(bytes: Buffer, start: number, end: number): Reply {
  const text = bytes.toString('latin1', start + 1, end);
  switch (bytes[start]) {
    case 0x3a: // : integer
    case 0x28: // ( big number
      if (!/^[+-]?\d{1,4096}$/.test(text)) break;
      return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text.replace('+', ''));
    case 0x2c: // , double
      return text === 'inf' ? Number.POSITIVE_INFINITY : text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text);
    case 0x23: // # boolean
      if (text === 't' || text === 'f') return text === 't';
      break;
    case 0x5f: // _ null
      if (text === '') return null;
      break;
  }
  throw malformed('a reply is of no known type', bytes, start);
}
