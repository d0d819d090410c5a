import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteWriter, encodeCollection, plainTypes, type RdbMagic } from '@cacheferry/rdb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { argumentsOf } from '../write/judge-replies.ts';
import { OutputBuffer } from '../write/output-buffer.ts';
import { BigStream } from './big-stream.ts';
import { BigText } from './big-text.ts';
import { BigValue, type DividedValue, type DividedValueOptions } from './big-value.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'big-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const bytes = (text: string) => Buffer.from(text);
const key = bytes('k');

/** A listpack of short texts. */
function listpack(texts: readonly string[]): Buffer {
  const entries = texts.flatMap((text) => [Buffer.of(0x80 | text.length), bytes(text), Buffer.of(text.length + 1)]);
  const body = Buffer.concat(entries);
  const head = Buffer.alloc(6);
  head.writeUInt32LE(body.length + 7);
  head.writeUInt16LE(texts.length, 4);
  return Buffer.concat([head, body, Buffer.of(255)]);
}

/** A string as a server packs it, by literals alone. */
function packedString(out: ByteWriter, text: Buffer): void {
  const packed = new ByteWriter();
  for (let at = 0; at < text.length; at += 32) {
    const part = text.subarray(at, at + 32);
    packed.byte(part.length - 1).raw(part);
  }
  out.byte(0xc3).count(packed.length).count(text.length).raw(packed.bytes);
}

function quicklist(texts: readonly string[]): Buffer {
  const out = new ByteWriter().count(texts.length);
  texts.forEach((text, n) => {
    if (n % 3 === 0) out.count(1).string(bytes(text));
    else if (n % 3 === 1) out.count(2).string(listpack([text, 'x', text]));
    else packedString(out.count(2), listpack([text, text]));
  });
  return Buffer.from(out.bytes);
}

function stream(texts: readonly string[]): Buffer {
  const id = (n: number) => Buffer.from(`${n + 1}`.padStart(16, '0').padEnd(32, '0'), 'hex');
  // A node: its count, what is deleted, the field `f`, and one entry with a field of its own.
  const node = (text: string) => {
    const numbers = (...all: number[]) => all.flatMap((one) => [Buffer.of(one), Buffer.of(1)]);
    const word = (one: string) => [Buffer.of(0x80 | one.length), bytes(one), Buffer.of(one.length + 1)];
    const parts = [numbers(1, 0, 1), word('f'), numbers(0), numbers(0, 0, 0, 1), word('g'), word(text), numbers(6)];
    const body = Buffer.concat(parts.flat());
    const head = Buffer.alloc(6);
    head.writeUInt32LE(body.length + 7);
    head.writeUInt16LE(12, 4);
    return Buffer.concat([head, body, Buffer.of(255)]);
  };
  const out = new ByteWriter().count(texts.length);
  texts.forEach((text, n) => out.string(id(n)).string(node(text)));
  for (const number of [texts.length, texts.length, 0, 1, 0, 0, 0, texts.length]) out.count(number);
  out.count(1).string(bytes('group')).count(9).count(0).count(1).count(texts.length);
  texts.forEach((_, n) =>
    out
      .raw(id(n))
      .time(1_000 + n)
      .count(n),
  );
  out.count(1).string(bytes('ann')).time(5).time(6).count(texts.length);
  texts.forEach((_, n) => out.raw(id(n)));
  return Buffer.from(out.bytes);
}

const scores = [0, -0, 1 / 3, 1e300, Number.POSITIVE_INFINITY, -7];
const fieldsOf = (texts: readonly string[]) =>
  texts.map((text, n) => ({ field: bytes(text), value: bytes(text + text), expireAtMs: n % 2 ? n + 1 : -1 }));
const membersOf = (texts: readonly string[]) =>
  texts.map((text, n) => ({ member: bytes(text), score: scores[n % scores.length] as number }));

type Case = [name: string, type: number, magic: RdbMagic, encode: (texts: string[]) => Buffer];
const cases: Case[] = [
  ['a list', 18, 'REDIS', quicklist],
  ['a set', 2, 'REDIS', (texts) => encodeCollection({ type: 'set', items: texts.map(bytes) }, plainTypes.set)],
  ['a sorted set', 5, 'REDIS', (texts) => encodeCollection({ type: 'zset', members: membersOf(texts) }, 5)],
  ['a sorted set of texts', 3, 'REDIS', (texts) => encodeCollection({ type: 'zset', members: membersOf(texts) }, 3)],
  ['a hash with expiries', 24, 'REDIS', (texts) => encodeCollection({ type: 'hash', fields: fieldsOf(texts) }, 24)],
  ['the same elsewhere', 22, 'VALKEY', (texts) => encodeCollection({ type: 'hash', fields: fieldsOf(texts) }, 22)],
  ['a stream', 21, 'REDIS', stream],
  [
    'a string',
    0,
    'REDIS',
    (texts) => {
      const out = new ByteWriter();
      packedString(out, bytes(texts.join('').repeat(50)));
      return Buffer.from(out.bytes);
    },
  ],
];

function commandsOf(type: number, magic: RdbMagic, feed: (value: DividedValue) => void): string[] {
  const commands: string[] = [];
  const note = (words: readonly unknown[]) => commands.push(words.map((word) => String(word)).join(' '));
  const options: DividedValueOptions = {
    type,
    magic,
    offset: 0,
    key,
    maxBulkBytes: 1_000_000,
    hasFieldTtl: true,
    nowMs: () => 0,
    placeField: (_, atMs) => atMs,
    keepPassed: () => false,
    redisVersion: 80_000,
    waitingFile: join(dir, 'waiting'),
    write: note,
    writeBulks: (name, count, bulks) => {
      const out = new OutputBuffer();
      out.head(0x2a, count + 1);
      out.bulkText(name);
      out.raw(bulks);
      note(argumentsOf(Buffer.from(out.view())));
    },
  };
  const value: DividedValue =
    type === 0 ? new BigText(options) : type === 21 ? new BigStream(options) : new BigValue(options);
  feed(value);
  for (const _ of value.rest?.() ?? []) void _;
  value.close?.();
  return commands;
}

/** Feeds a body in pieces of these sizes, all but the first again and again; each is in memory that is overwritten behind it. */
function feedInPieces(value: DividedValue, body: Buffer, sizes: readonly number[]): void {
  let grown = 1;
  for (let at = 0, n = 0; at < body.length; n++) {
    const size = sizes[n < sizes.length ? n : 1 + (n % (sizes.length - 1))] as number;
    const end = Math.min(body.length, at + grown * size);
    const piece = Buffer.concat([Buffer.alloc(3), body.subarray(at, end)]);
    const next = value.take(piece, 3, piece.length, end === body.length) - 3 + at;
    piece.fill(0xff);
    grown = next > at ? 1 : grown * 2;
    at = next;
  }
}

/** Where a string is cut does not matter, only what it becomes. */
function joined(commands: readonly string[]): string[] {
  return [commands.map((one) => one.replace(/^SETRANGE k \d+ /, '')).join('')];
}

test.each(cases)('%s becomes the same commands however it is cut', (_, type, magic, encode) => {
  const texts = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' }), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(texts, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 9 }), (list, sizes) => {
      const body = encode(list);
      const whole = commandsOf(type, magic, (value) => value.take(body, 0, body.length, true));
      // The first piece has the length of a string, which takes up to 19 bytes.
      const from = type === 0 ? 19 : 0;
      const pieces = commandsOf(type, magic, (value) =>
        feedInPieces(value, body, [from + (sizes[0] as number), ...sizes]),
      );
      expect(whole.length).toBeGreaterThan(0);
      if (type === 0) expect(joined(pieces)).toEqual(joined(whole));
      else expect(pieces).toEqual(whole);
    }),
  );
});
