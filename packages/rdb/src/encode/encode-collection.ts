import { scoreText } from '../values/score.ts';
import type { HashField, RdbValue, ScoredMember } from '../values/value.ts';
import { ByteWriter } from './byte-writer.ts';

/** Types that keep a collection element by element, and a hash with field expiries in the form of either family. */
export const plainTypes = {
  string: 0,
  list: 1,
  set: 2,
  zsetText: 3,
  hash: 4,
  zset: 5,
  redisHash: 24,
  valkeyHash: 22,
} as const;
export type PlainType = (typeof plainTypes)[keyof typeof plainTypes];

/** A value that is no stream and no module. */
export type CollectionValue = Exclude<RdbValue, { type: 'stream' | 'module' }>;

/**
 * The body of a value, every element as a plain string. An element that occurs twice is written once (a field with its
 * last value): a server takes such a body and has a broken key then.
 */
export function encodeCollection(value: CollectionValue, type: PlainType): Buffer {
  const out = new ByteWriter();
  switch (value.type) {
    case 'string':
      out.string(value.text);
      break;
    case 'list':
      out.count(value.items.length);
      for (const item of value.items) out.string(item);
      break;
    case 'set':
      writeEach(
        out,
        lastOfEach(value.items, (item) => item),
        (item) => out.string(item),
      );
      break;
    case 'zset':
      writeEach(
        out,
        lastOfEach(value.members, ({ member }) => member),
        (member) => writeMember(out, member, type),
      );
      break;
    case 'hash':
      writeFields(
        out,
        lastOfEach(value.fields, ({ field }) => field),
        type,
      );
  }
  return out.bytes;
}

function writeEach<T>(out: ByteWriter, elements: T[], write: (element: T) => void): void {
  out.count(elements.length);
  elements.forEach(write);
}

function writeMember(out: ByteWriter, { member, score }: ScoredMember, type: PlainType): void {
  out.string(member);
  if (type === plainTypes.zset) out.double(score);
  else writeScoreText(out, score);
}

/** A score as text behind its length, with marks for those that are no numbers. */
export function writeScoreText(out: ByteWriter, score: number): void {
  if (Number.isNaN(score)) return void out.byte(253);
  if (!Number.isFinite(score)) return void out.byte(score > 0 ? 254 : 255);
  const text = Buffer.from(scoreText(score), 'latin1');
  out.byte(text.length).raw(text);
}

function writeFields(out: ByteWriter, fields: HashField[], type: PlainType): void {
  const expiries = fields.map(({ expireAtMs }) => expireAtMs).filter((ms) => ms >= 0);
  const first = expiries.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  if (type === plainTypes.redisHash) out.time(expiries.length > 0 ? first : 0);
  writeEach(out, fields, ({ field, value, expireAtMs }) => {
    if (type === plainTypes.redisHash) out.count(expireAtMs < 0 ? 0 : expireAtMs - first + 1);
    out.string(field).string(value);
    if (type === plainTypes.valkeyHash) out.time(expireAtMs);
  });
}

function lastOfEach<T>(elements: T[], name: (element: T) => Buffer): T[] {
  const byName = new Map(elements.map((element) => [name(element).toString('latin1'), element]));
  return byName.size === elements.length ? elements : [...byName.values()];
}
