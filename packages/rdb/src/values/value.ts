import { FerryError } from '@cacheferry/kernel';
import { Cursor } from '../cursor.ts';
import type { RdbMagic } from '../entry.ts';
import type { ElementSink, StreamGroup, StreamId, StreamInfo } from './element-sink.ts';
import { decodeValue } from './value-decoder.ts';
import { valueTypeOf } from './value-type.ts';

export type HashField = { field: Buffer; value: Buffer; expireAtMs: number };
export type ScoredMember = { member: Buffer; score: number };
export type StreamEntry = { id: StreamId; fields: Buffer[] };

/** A value that is wholly in memory, elements in the order in which they lay. */
export type RdbValue =
  | { type: 'string'; text: Buffer }
  | { type: 'list' | 'set'; items: Buffer[] }
  | { type: 'zset'; members: ScoredMember[] }
  | { type: 'hash'; fields: HashField[] }
  | { type: 'stream'; entries: StreamEntry[]; info: StreamInfo; groups: StreamGroup[] }
  | { type: 'module'; name: string; version: number };

/**
 * Decodes a value from its raw body. Bytes are slices of `body` where they lie there as they are.
 *
 * Throws `rdb.unsupported`, `rdb.corrupt`, `rdb.truncated`.
 */
export function readValue(type: number, magic: RdbMagic, body: Buffer): RdbValue {
  if (type === 0) return { type: 'string', text: readText(body) };
  const collector = new Collector();
  decodeValue(type, magic, body, collector);
  return collector.value(valueTypeOf(type, magic) ?? 'module');
}

const cursor = new Cursor();

/** The most frequent value, without a decoder of its own. */
function readText(body: Buffer): Buffer {
  cursor.open(body, 0, body.length);
  cursor.base = 0;
  if (!cursor.string()) throw new FerryError('rdb.truncated', { offset: body.length });
  if (cursor.at !== body.length) throw cursor.damaged('bytes behind the value');
  return cursor.unpacked();
}

/**
 * Brings a value into the one order that does not depend on how a server kept it: sets and hashes by bytes, sorted
 * sets by score and member. Works in place and returns its argument.
 */
export function sortValue(value: RdbValue): RdbValue {
  if (value.type === 'set') value.items.sort(Buffer.compare);
  else if (value.type === 'hash') value.fields.sort((a, b) => Buffer.compare(a.field, b.field));
  else if (value.type === 'zset') value.members.sort(byScore);
  return value;
}

/** The order of a sorted set: by score, then by the member's bytes. */
export function byScore(a: ScoredMember, b: ScoredMember): number {
  return a.score < b.score ? -1 : a.score > b.score ? 1 : Buffer.compare(a.member, b.member);
}

/** Whether a collection has no element; servers drop such keys at loading. */
export function isEmptyValue(value: RdbValue): boolean {
  if (value.type === 'zset') return value.members.length === 0;
  if (value.type === 'hash') return value.fields.length === 0;
  return (value.type === 'list' || value.type === 'set') && value.items.length === 0;
}

class Collector implements ElementSink {
  #text: Buffer = Buffer.alloc(0);
  #module = { name: '', version: 0 };
  #info: StreamInfo = { length: 0n, lastId: '0-0', firstId: null, maxDeletedId: null, entriesAdded: null };
  readonly #items: Buffer[] = [];
  readonly #members: ScoredMember[] = [];
  readonly #fields: HashField[] = [];
  readonly #entries: StreamEntry[] = [];
  readonly #groups: StreamGroup[] = [];

  text(value: Buffer): void {
    this.#text = value;
  }

  item(item: Buffer): void {
    this.#items.push(item);
  }

  scored(member: Buffer, score: number): void {
    this.#members.push({ member, score });
  }

  field(field: Buffer, value: Buffer, expireAtMs: number): void {
    this.#fields.push({ field, value, expireAtMs });
  }

  streamEntry(id: StreamId, fields: Buffer[]): void {
    this.#entries.push({ id, fields });
  }

  streamInfo(info: StreamInfo): void {
    this.#info = info;
  }

  streamGroup(group: StreamGroup): void {
    this.#groups.push(group);
  }

  module(name: string, version: number): void {
    this.#module = { name, version };
  }

  value(type: RdbValue['type']): RdbValue {
    switch (type) {
      case 'string':
        return { type, text: this.#text };
      case 'list':
      case 'set':
        return { type, items: this.#items };
      case 'zset':
        return { type, members: this.#members };
      case 'hash':
        return { type, fields: this.#fields };
      case 'stream':
        return { type, entries: this.#entries, info: this.#info, groups: this.#groups };
      case 'module':
        return { type, ...this.#module };
    }
  }
}
