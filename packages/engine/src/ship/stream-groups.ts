import { FerryError } from '@cacheferry/kernel';
import type { StreamId, StreamParts } from '@cacheferry/rdb';
import type { DividedValueOptions } from './big-value.ts';
import { FrameFile } from './frame-file.ts';
import { PendingList } from './pending-list.ts';

type Words = readonly (string | number | Buffer)[];

/** Ids in one XCLAIM. */
const claimedAtOnce = 128;
/** Stand-ins that may be there at once. */
const standInsAtOnce = 4_096;
const kind = { group: 0, consumer: 1, owned: 2, end: 3 } as const;

/**
 * The groups of a stream that is put together: as its pieces come they go to a file, each pending entry with its owner,
 * then they become commands on a stream that is still empty. An entry that is pending gets a stand-in of its id that
 * goes when it is claimed; a pending entry stays without its entry.
 */
export class StreamGroups implements StreamParts {
  /** Pending entries without a consumer: no command makes them. */
  lostPending = 0;
  /** Ids of messages that producers added already: no command makes them either. */
  lostMessageIds = 0;
  hasGroups = false;
  readonly #options: DividedValueOptions;
  readonly #nodes: FrameFile;
  readonly #groups: FrameFile;
  readonly #pending: PendingList;
  readonly #write: (...words: Words) => void;
  #owned = 0;

  constructor(options: DividedValueOptions, nodes: FrameFile, write: (...words: Words) => void) {
    const { waitingFile, offset } = options;
    this.#options = options;
    this.#nodes = nodes;
    this.#groups = new FrameFile(`${waitingFile}.groups`);
    this.#pending = new PendingList(`${waitingFile}.pending`, offset);
    this.#write = write;
  }

  node(id: Buffer, packed: Buffer): void {
    if (id.length !== 16) throw this.#damaged('stream node id');
    this.#nodes.add(id, packed);
  }

  group(name: Buffer, lastDeliveredId: StreamId, entriesRead: bigint | null): void {
    this.hasGroups = true;
    this.#pending.clear();
    this.#owned = 0;
    const how = Buffer.from(`${lastDeliveredId} ${entriesRead ?? ''}`);
    this.#groups.add(Buffer.from([kind.group, how.length]), how, name);
  }

  pending(id: Buffer, deliveredAtMs: number, deliveries: number): void {
    this.#pending.add(id, { deliveredAtMs, deliveries });
  }

  consumer(name: Buffer): void {
    this.#groups.add(Buffer.from([kind.consumer]), name);
  }

  owned(id: Buffer): void {
    const delivery = this.#pending.find(id);
    if (!delivery) throw this.#damaged('pending entry without delivery');
    const frame = Buffer.alloc(33);
    frame[0] = kind.owned;
    id.copy(frame, 1);
    frame.writeDoubleLE(delivery.deliveredAtMs, 17);
    frame.writeDoubleLE(delivery.deliveries, 25);
    this.#groups.add(frame);
    this.#owned++;
  }

  groupEnd(): void {
    this.lostPending += this.#pending.count - this.#owned;
    this.#groups.add(Buffer.from([kind.end]));
  }

  messageId(): void {
    this.lostMessageIds++;
  }

  /** Writes them; the stream is empty before and behind. */
  *commands(): Generator<void> {
    let group: Buffer = Buffer.alloc(0);
    let claims: Claims | null = null;
    for (const frame of this.#groups.frames()) {
      const rest = frame.subarray(1);
      if (frame[0] === kind.owned) claims?.add(rest);
      else {
        claims?.end();
        claims = null;
      }
      if (frame[0] === kind.group) group = this.#create(rest);
      if (frame[0] === kind.consumer) claims = this.#consumer(group, Buffer.from(rest));
      yield;
    }
  }

  close(): void {
    this.#groups.close();
    this.#pending.close();
  }

  #create(frame: Buffer): Buffer {
    const { key, redisVersion } = this.#options;
    const nameAt = 1 + (frame[0] as number);
    const [lastId = '', entriesRead = ''] = frame.toString('latin1', 1, nameAt).split(' ');
    const name = Buffer.from(frame.subarray(nameAt));
    const read = redisVersion >= 70_000 && entriesRead !== '' ? ['ENTRIESREAD', entriesRead] : [];
    this.#write('XGROUP', 'CREATE', key, name, lastId, 'MKSTREAM', ...read);
    return name;
  }

  #consumer(group: Buffer, consumer: Buffer): Claims {
    const { key, redisVersion } = this.#options;
    if (redisVersion >= 60_200) this.#write('XGROUP', 'CREATECONSUMER', key, group, consumer);
    // Who asks for what is pending becomes a consumer.
    else this.#write('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 1, 'STREAMS', key, '0');
    return new Claims({ key, group, consumer }, this.#write);
  }

  #damaged(reason: string): FerryError {
    return new FerryError('rdb.corrupt', { offset: this.#options.offset, reason });
  }
}

/** The claims of one consumer, whose ids rise. */
class Claims {
  readonly #whose: { key: Buffer; group: Buffer; consumer: Buffer };
  readonly #write: (...words: Words) => void;
  #ids: StreamId[] = [];
  #deliveredAtMs = 0;
  #deliveries = 0;
  #standIns = 0;

  constructor(whose: { key: Buffer; group: Buffer; consumer: Buffer }, write: (...words: Words) => void) {
    this.#whose = whose;
    this.#write = write;
  }

  add(frame: Buffer): void {
    const deliveredAtMs = frame.readDoubleLE(16);
    const deliveries = frame.readDoubleLE(24);
    const isAlike = deliveredAtMs === this.#deliveredAtMs && deliveries === this.#deliveries;
    if (!isAlike || this.#ids.length >= claimedAtOnce) this.#claim();
    if (this.#standIns >= standInsAtOnce) this.#trim();
    this.#deliveredAtMs = deliveredAtMs;
    this.#deliveries = deliveries;
    const id = `${frame.readBigUInt64BE(0)}-${frame.readBigUInt64BE(8)}`;
    this.#ids.push(id);
    this.#standIns++;
    this.#write('XADD', this.#whose.key, id, '', '');
  }

  /** Takes the stand-ins away, and lets ids begin anew. */
  end(): void {
    if (this.#standIns === 0) return;
    this.#trim();
    this.#write('XSETID', this.#whose.key, '0-0');
  }

  #trim(): void {
    this.#claim();
    this.#write('XTRIM', this.#whose.key, 'MAXLEN', 0);
    this.#standIns = 0;
  }

  #claim(): void {
    if (this.#ids.length === 0) return;
    const { key, group, consumer } = this.#whose;
    const how = ['TIME', this.#deliveredAtMs, 'RETRYCOUNT', this.#deliveries, 'FORCE', 'JUSTID'];
    this.#write('XCLAIM', key, group, consumer, '0', ...this.#ids, ...how);
    this.#ids = [];
  }
}
