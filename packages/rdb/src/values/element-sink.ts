/** Types of values as people and servers call them. */
export type ValueType = 'string' | 'list' | 'set' | 'zset' | 'hash' | 'stream' | 'module';

/** An id of a stream, `ms-seq`. */
export type StreamId = string;

export type StreamInfo = {
  length: bigint;
  lastId: StreamId;
  /** These three are `null` in values that were written before Redis 7.0. */
  firstId: StreamId | null;
  maxDeletedId: StreamId | null;
  entriesAdded: bigint | null;
};

export type PendingEntry = { id: StreamId; deliveredAtMs: number; deliveries: number; consumer: Buffer | null };

export type StreamConsumer = {
  name: Buffer;
  seenAtMs: number;
  /** −1 for a consumer that never got a message, `null` in values that were written before Redis 7.2. */
  activeAtMs: number | null;
  pending: number;
};

export type StreamGroup = {
  name: Buffer;
  lastDeliveredId: StreamId;
  /** `null` where it is not known. */
  entriesRead: bigint | null;
  pending: PendingEntry[];
  consumers: StreamConsumer[];
};

/**
 * Takes a stream bit by bit, for sinks that hold neither a node nor a list of pending entries. Ids are 16 bytes, and as
 * all bytes hold during the call only. In each group all pending entries come first, then its consumers with what they own.
 */
export interface StreamParts {
  /** `packed`: the node as it lies; `readNodeEntries` gives its entries. */
  node(id: Buffer, packed: Buffer): void;
  group(name: Buffer, lastDeliveredId: StreamId, entriesRead: bigint | null): void;
  pending(id: Buffer, deliveredAtMs: number, deliveries: number): void;
  consumer(name: Buffer): void;
  owned(id: Buffer): void;
  groupEnd(): void;
  /** An id by which the stream knows a message that a producer has added already. */
  messageId(): void;
}

/**
 * Takes the elements of one value in the order in which they lie. Bytes may be slices of the decoded buffer: they hold
 * as long as that does.
 */
export interface ElementSink {
  text(value: Buffer): void;
  /** An item of a list or a member of a set. */
  item(item: Buffer): void;
  scored(member: Buffer, score: number): void;
  /** `expireAtMs` is −1 for a field that does not expire. */
  field(field: Buffer, value: Buffer, expireAtMs: number): void;
  /** `fields`: field and value in turn. */
  streamEntry(id: StreamId, fields: Buffer[]): void;
  /** Comes after the entries, before the groups. */
  streamInfo(info: StreamInfo): void;
  streamGroup(group: StreamGroup): void;
  /** Takes nodes and groups instead of `streamEntry` and `streamGroup`. */
  readonly streamParts?: StreamParts;
  module(name: string, version: number): void;
}
