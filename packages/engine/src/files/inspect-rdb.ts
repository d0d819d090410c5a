import { type RdbEntry, type RdbMagic, type RdbSink, RdbWalker, TextPieces, ValueDecoder } from '@cacheferry/rdb';
import { Window } from '../ship/window.ts';
import { readChunks } from './read-chunks.ts';
import { sizeOfSealedRdb } from './sealed-rdb.ts';

/** Values above that, strings too, are looked at in pieces. */
const partBytes = 8_388_608;
/** Walking less than that takes no time worth saving. */
const leastSealedBytes = 67_108_864;

/** How far an RDB reaches into its file, and what lies behind it. */
export type RdbExtent = {
  bytes: number;
  next: 'nothing' | 'commands' | 'garbage';
  /** Whether the file has a checksum, and it is right. */
  isVerified: boolean;
};

const silent: RdbSink = { entry: () => {}, entryPart: () => {} };

/**
 * Reads an RDB to its end and compares its checksum, so that a damaged one is known before anything of it is used. Where
 * the file has no checksum, every value is decoded instead. The records of a large file whose checksum is right are not
 * walked: only a writer at fault makes some that are broken, and they are found when it is their turn.
 *
 * `sink`: sees each key as it is passed. Throws `rdb.corrupt`, `rdb.truncated`, `rdb.unsupported`, `rdb.bad_magic`,
 * `host.file_failed`.
 */
export async function inspectRdb(path: string | Buffer, signal: AbortSignal, sink = silent): Promise<RdbExtent> {
  const size = sink === silent ? await sizeOfSealedRdb(path, signal, leastSealedBytes) : null;
  if (size !== null) return { bytes: size, next: 'nothing', isVerified: true };
  const extent = await walk(path, signal, sink);
  if (!extent.isVerified) await walk(path, signal, new Decoding());
  return extent;
}

async function walk(path: string | Buffer, signal: AbortSignal, sink: RdbSink): Promise<RdbExtent> {
  const walker = new RdbWalker(sink, { partBytes: () => partBytes });
  const window = new Window();
  for await (const chunk of readChunks(path, signal)) {
    window.append(chunk);
    if (!walker.isDone && window.length >= walker.needBytes)
      window.consume(walker.walk(window.buffer, window.start, window.end));
    if (walker.isDone && window.length > 0) break;
  }
  walker.finish();
  return { bytes: walker.consumed, next: nextOf(window), isVerified: walker.isVerified };
}

function nextOf(window: Window): RdbExtent['next'] {
  if (window.length === 0) return 'nothing';
  const first = window.buffer[window.start];
  return first === 0x2a || first === 0x23 ? 'commands' : 'garbage';
}

const textType = 0;
const ignore = () => {};
const noElements = {
  text: ignore,
  item: ignore,
  scored: ignore,
  field: ignore,
  streamEntry: ignore,
  streamInfo: ignore,
  streamGroup: ignore,
  module: ignore,
};

/** Decodes all values, to see that they can be. */
class Decoding implements RdbSink {
  #magic: RdbMagic = 'REDIS';
  #decoder: ValueDecoder | null = null;
  #text: TextPieces | null = null;

  header(magic: RdbMagic): void {
    this.#magic = magic;
  }

  entry(entry: RdbEntry): void {
    this.#feed(entry, true);
  }

  entryPart(entry: RdbEntry, _index: number, isLast: boolean): void {
    if (entry.type === textType) this.#feedText(entry, isLast);
    else this.#feed(entry, isLast);
  }

  #feedText({ offset, buffer, valueStart, valueEnd }: RdbEntry, isLast: boolean): void {
    this.#text ??= new TextPieces(offset, ignore);
    this.#text.take(buffer, valueStart, valueEnd, isLast);
    if (isLast) this.#text = null;
  }

  #feed({ type, offset, buffer, valueStart, valueEnd }: RdbEntry, isLast: boolean): void {
    this.#decoder ??= new ValueDecoder(type, this.#magic, noElements, offset);
    this.#decoder.feed(buffer, valueStart, valueEnd, isLast);
    if (isLast) this.#decoder = null;
  }
}
