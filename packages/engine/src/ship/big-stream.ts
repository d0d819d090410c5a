import { type ElementSink, readNodeEntries, type StreamId, type StreamInfo, ValueDecoder } from '@cacheferry/rdb';
import type { DividedValue, DividedValueOptions } from './big-value.ts';
import { FrameFile } from './frame-file.ts';
import { StreamGroups } from './stream-groups.ts';

/**
 * A stream as commands that put it together, from pieces of its body. When a consumer was last seen is not kept: no
 * command sets it.
 *
 * A pending entry whose entry was deleted can only be claimed while an entry of that id is there, and ids of a stream
 * only rise: so the groups come first, over stand-ins of what is pending, and the entries wait in a file until then.
 */
export class BigStream implements ElementSink, DividedValue {
  readonly lostFieldTtls = 0;
  isTooLarge = false;
  readonly streamParts: StreamGroups;
  readonly #options: DividedValueOptions;
  readonly #decoder: ValueDecoder;
  readonly #nodes: FrameFile;
  #info: StreamInfo | null = null;
  #isEmpty = true;

  constructor(options: DividedValueOptions) {
    this.#options = options;
    this.#nodes = new FrameFile(`${options.waitingFile}.nodes`);
    this.streamParts = new StreamGroups(options, this.#nodes, (...words) => this.#write(...words));
    this.#decoder = new ValueDecoder(options.type, options.magic, this, options.offset);
  }

  get lostPending(): number {
    return this.streamParts.lostPending;
  }

  get lostMessageIds(): number {
    return this.streamParts.lostMessageIds;
  }

  take(buffer: Buffer, start: number, end: number, isLast: boolean): number {
    return this.#decoder.feed(buffer, start, end, isLast);
  }

  *rest(): Generator<void> {
    yield* this.streamParts.commands();
    const id = Buffer.alloc(16);
    for (const node of this.#nodes.frames()) {
      node.copy(id);
      readNodeEntries(id, node.subarray(16), this);
      yield;
    }
    this.#setInfo();
  }

  close(): void {
    this.#nodes.close();
    this.streamParts.close();
  }

  streamEntry(id: StreamId, fields: Buffer[]): void {
    this.#isEmpty = false;
    this.#write('XADD', this.#options.key, id, ...fields);
  }

  streamInfo(info: StreamInfo): void {
    this.#info = info;
  }

  // Of these a stream has none, or gives its parts instead.
  streamGroup(): void {}
  text(): void {}
  item(): void {}
  scored(): void {}
  field(): void {}
  module(): void {}

  #setInfo(): void {
    const { key, redisVersion } = this.#options;
    const { lastId, maxDeletedId, entriesAdded, length } = this.#info as StreamInfo;
    if (this.#isEmpty && !this.streamParts.hasGroups) {
      // A group makes the stream, and goes.
      this.#write('XGROUP', 'CREATE', key, '-', '0', 'MKSTREAM');
      this.#write('XGROUP', 'DESTROY', key, '-');
    }
    const counts = ['ENTRIESADDED', String(entriesAdded ?? length), 'MAXDELETEDID', maxDeletedId ?? '0-0'];
    this.#write('XSETID', key, lastId, ...(redisVersion >= 70_000 ? counts : []));
  }

  #write(...words: readonly (string | number | Buffer)[]): void {
    const { maxBulkBytes, write } = this.#options;
    this.isTooLarge ||= words.some((word) => typeof word === 'object' && word.length > maxBulkBytes);
    if (!this.isTooLarge) write(words);
  }
}
