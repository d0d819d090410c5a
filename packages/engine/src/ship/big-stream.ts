import {
  type ElementSink,
  type PendingEntry,
  type StreamGroup,
  type StreamId,
  type StreamInfo,
  ValueDecoder,
} from '@cacheferry/rdb';
import type { DividedValue, DividedValueOptions } from './big-value.ts';
import { StreamIds } from './stream-ids.ts';

/** Ids in one XCLAIM. */
const claimedAtOnce = 128;

/**
 * A stream as commands that put it together, from pieces of its body: entries, what it says of itself, groups with
 * their consumers and pending entries. When a consumer was last seen is not kept: no command sets it.
 */
export class BigStream implements ElementSink, DividedValue {
  readonly lostFieldTtls = 0;
  lostPending = 0;
  isTooLarge = false;
  readonly #options: DividedValueOptions;
  readonly #decoder: ValueDecoder;
  readonly #ids: StreamIds;
  #isEmpty = true;

  constructor(options: DividedValueOptions) {
    this.#options = options;
    this.#decoder = new ValueDecoder(options.type, options.magic, this, options.offset);
    this.#ids = new StreamIds(options.idsFile);
  }

  take(buffer: Buffer, start: number, end: number, isLast: boolean): void {
    this.#decoder.feed(buffer, start, end, isLast);
    if (isLast) this.#ids.close();
  }

  streamEntry(id: StreamId, fields: Buffer[]): void {
    this.#isEmpty = false;
    this.#ids.add(id);
    this.#write('XADD', this.#options.key, id, ...fields);
  }

  streamInfo({ lastId, maxDeletedId, entriesAdded }: StreamInfo): void {
    const { key, redisVersion } = this.#options;
    if (this.#isEmpty) {
      // A group makes the stream, and goes.
      this.#write('XGROUP', 'CREATE', key, '-', '0', 'MKSTREAM');
      this.#write('XGROUP', 'DESTROY', key, '-');
    }
    const isTold = redisVersion >= 70_000 && entriesAdded !== null && maxDeletedId !== null;
    const more = isTold ? ['ENTRIESADDED', String(entriesAdded), 'MAXDELETEDID', maxDeletedId] : [];
    this.#write('XSETID', key, lastId, ...more);
  }

  streamGroup({ name, lastDeliveredId, entriesRead, pending, consumers }: StreamGroup): void {
    const { key, redisVersion } = this.#options;
    const read = redisVersion >= 70_000 && entriesRead !== null ? ['ENTRIESREAD', String(entriesRead)] : [];
    this.#write('XGROUP', 'CREATE', key, name, lastDeliveredId, ...read);
    for (const consumer of consumers)
      if (redisVersion >= 60_200) this.#write('XGROUP', 'CREATECONSUMER', key, name, consumer.name);
      // Who asks for what is pending becomes a consumer.
      else this.#write('XREADGROUP', 'GROUP', name, consumer.name, 'COUNT', 1, 'STREAMS', key, '0');
    for (let at = 0; at < pending.length; ) at += this.#claim(name, pending, at);
  }

  // Of these a stream has none.
  text(): void {}
  item(): void {}
  scored(): void {}
  field(): void {}
  module(): void {}

  /** Claims pending entries that were delivered alike, from that one on. Returns how many are done. */
  #claim(group: Buffer, pending: readonly PendingEntry[], from: number): number {
    const { consumer, deliveredAtMs, deliveries } = pending[from] as PendingEntry;
    const ids: StreamId[] = [];
    let at = from;
    for (; at < pending.length && at - from < claimedAtOnce; at++) {
      const one = pending[at] as PendingEntry;
      const isAlike = one.deliveredAtMs === deliveredAtMs && one.deliveries === deliveries;
      if (!isAlike || one.consumer !== consumer) break;
      // Servers from 7.0 on claim no entry that was deleted.
      if (consumer === null || (this.#options.redisVersion >= 70_000 && !this.#ids.has(one.id))) this.lostPending++;
      else ids.push(one.id);
    }
    if (consumer !== null && ids.length > 0) {
      const how = ['TIME', deliveredAtMs, 'RETRYCOUNT', deliveries, 'FORCE', 'JUSTID'];
      this.#write('XCLAIM', this.#options.key, group, consumer, '0', ...ids, ...how);
    }
    return at - from;
  }

  #write(...words: readonly (string | number | Buffer)[]): void {
    const { maxBulkBytes, write } = this.#options;
    this.isTooLarge ||= words.some((word) => typeof word === 'object' && word.length > maxBulkBytes);
    if (!this.isTooLarge) write(words);
  }
}
