import type { Cursor } from '../cursor.ts';
import { exactLength } from '../exact-length.ts';
import { damagedValue } from './damaged.ts';
import type {
  ElementSink,
  PendingEntry,
  StreamConsumer,
  StreamGroup,
  StreamId,
  StreamInfo,
  StreamParts,
} from './element-sink.ts';
import { readStreamNode } from './stream-entries.ts';
import type { StepHandlers } from './value-decoder.ts';

const unknownRead = 0xffff_ffff_ffff_ffffn;

/** Reads a stream from the labelled steps of its layout: entries, what the stream says of itself, groups. */
export function streamSteps(cursor: Cursor, sink: ElementSink): StepHandlers {
  const numbers: Record<string, bigint> = {};
  const keep = (label: string) => (before: number) => {
    numbers[label] = exactLength(cursor.buffer, before);
  };
  const { streamParts: parts } = sink;
  let nodeId: Buffer = Buffer.alloc(0);
  let isTold = false;
  const tell = () => {
    if (!isTold) sink.streamInfo(infoFrom(numbers));
    isTold = true;
  };
  return {
    nodeId: () => {
      nodeId = Buffer.from(cursor.unpacked());
    },
    node: (before) => {
      if (parts) parts.node(nodeId, cursor.buffer.subarray(before, cursor.at));
      else readStreamNode(nodeId, cursor.unpacked(), sink, cursor.base + cursor.from);
    },
    ...Object.fromEntries(
      ['length', 'lastMs', 'lastSeq', 'firstMs', 'firstSeq', 'deletedMs', 'deletedSeq', 'added'].map((label) => [
        label,
        keep(label),
      ]),
    ),
    ...(parts ? partSteps(cursor, parts, tell) : groupSteps(cursor, sink, tell)),
    end: tell,
  };
}

function infoFrom(numbers: Record<string, bigint>): StreamInfo {
  const id = (ms: string, seq: string): StreamId => `${numbers[ms]}-${numbers[seq]}`;
  const isNew = numbers.added !== undefined;
  return {
    length: numbers.length ?? 0n,
    lastId: id('lastMs', 'lastSeq'),
    firstId: isNew ? id('firstMs', 'firstSeq') : null,
    maxDeletedId: isNew ? id('deletedMs', 'deletedSeq') : null,
    entriesAdded: numbers.added ?? null,
  };
}

function groupSteps(cursor: Cursor, sink: ElementSink, tell: () => void): StepHandlers {
  let group: StreamGroup;
  let groupMs = 0n;
  let consumer: StreamConsumer;
  let pending: PendingEntry;
  let byId = new Map<StreamId, PendingEntry>();
  const time = (before: number) => Number(cursor.buffer.readBigInt64LE(before));
  return {
    group: () => {
      tell();
      byId = new Map();
      const name = Buffer.from(cursor.unpacked());
      group = { name, lastDeliveredId: '', entriesRead: null, pending: [], consumers: [] };
    },
    groupMs: (before) => {
      groupMs = exactLength(cursor.buffer, before);
    },
    groupSeq: (before) => {
      group.lastDeliveredId = `${groupMs}-${exactLength(cursor.buffer, before)}`;
    },
    entriesRead: (before) => {
      const read = exactLength(cursor.buffer, before);
      group.entriesRead = read === unknownRead ? null : read;
    },
    pelId: (before) => {
      pending = { id: idAt(cursor.buffer, before), deliveredAtMs: 0, deliveries: 0, consumer: null };
      if (byId.has(pending.id)) throw damagedValue('pending entry twice', cursor.base + before);
      byId.set(pending.id, pending);
      group.pending.push(pending);
    },
    pelMs: (before) => {
      pending.deliveredAtMs = time(before);
    },
    pelCount: () => {
      pending.deliveries = cursor.value;
    },
    consumer: () => {
      consumer = { name: Buffer.from(cursor.unpacked()), seenAtMs: 0, activeAtMs: null, pending: 0 };
      group.consumers.push(consumer);
    },
    seen: (before) => {
      consumer.seenAtMs = time(before);
    },
    active: (before) => {
      consumer.activeAtMs = time(before);
    },
    ownedId: (before) => {
      const owned = byId.get(idAt(cursor.buffer, before));
      if (!owned) throw damagedValue('pending entry without delivery', cursor.base + before);
      owned.consumer = consumer.name;
      consumer.pending++;
    },
    groupEnd: () => sink.streamGroup(group),
  };
}

/** The same without holding a group. */
function partSteps(cursor: Cursor, parts: StreamParts, tell: () => void): StepHandlers {
  const group = { name: Buffer.alloc(0) as Buffer, ms: 0n, lastId: '', read: null as bigint | null };
  const pending = { id: Buffer.alloc(16), deliveredAtMs: 0 };
  return {
    group: () => {
      tell();
      group.name = Buffer.from(cursor.unpacked());
      group.read = null;
    },
    groupMs: (before) => {
      group.ms = exactLength(cursor.buffer, before);
    },
    groupSeq: (before) => {
      group.lastId = `${group.ms}-${exactLength(cursor.buffer, before)}`;
    },
    entriesRead: (before) => {
      const read = exactLength(cursor.buffer, before);
      group.read = read === unknownRead ? null : read;
    },
    pel: () => parts.group(group.name, group.lastId, group.read),
    pelId: (before) => {
      cursor.buffer.copy(pending.id, 0, before, cursor.at);
    },
    pelMs: (before) => {
      pending.deliveredAtMs = Number(cursor.buffer.readBigInt64LE(before));
    },
    pelCount: () => parts.pending(pending.id, pending.deliveredAtMs, cursor.value),
    consumer: () => parts.consumer(Buffer.from(cursor.unpacked())),
    ownedId: (before) => parts.owned(cursor.buffer.subarray(before, cursor.at)),
    groupEnd: () => parts.groupEnd(),
    idmpId: () => parts.messageId(),
  };
}

function idAt(buffer: Buffer, at: number): StreamId {
  return `${buffer.readBigUInt64BE(at)}-${buffer.readBigUInt64BE(at + 8)}`;
}
