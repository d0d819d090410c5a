import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RdbFileEncoder } from './rdb-file-encoder.ts';
import { type RdbEntry } from '../entry.ts';
import { readValue, sortValue } from '../values/value.ts';
import { RdbWalker } from '../walker.ts';
import { ByteWriter } from './byte-writer.ts';
import { encodeCollection, plainTypes } from './encode-collection.ts';
import { recodeValue, type RecodeGoal } from './recode.ts';
import { recodeInPieces } from './recode-pieces.ts';

const elements = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 2, maxLength: 60 });
const goal = (...refused: number[]): RecodeGoal => ({ product: 'redis', refused: new Set(refused) });
const bytes = (text: string) => Buffer.from(text);

/** Elements as a value of that type, and a target that refuses it. */
const cases: [name: string, type: number, goal: RecodeGoal, encode: (texts: string[]) => Buffer][] = [
  ['list', 1, goal(), (texts) => encodeCollection({ type: 'list', items: texts.map(bytes) }, plainTypes.list)],
  [
    'quicklist of plain nodes',
    18,
    goal(18),
    (texts) =>
      Buffer.from(
        texts.reduce((out, text) => out.count(1).string(bytes(text)), new ByteWriter().count(texts.length)).bytes,
      ),
  ],
  [
    'sorted set',
    5,
    goal(5),
    (texts) => {
      const members = texts.map((text, n) => ({ member: bytes(text), score: n / 3 }));
      return encodeCollection({ type: 'zset', members }, plainTypes.zset);
    },
  ],
  [
    'hash with expiries',
    24,
    goal(24),
    (texts) => {
      const fields = texts.map((text, n) => ({
        field: bytes(text),
        value: bytes(text),
        expireAtMs: n % 2 ? n + 1 : -1,
      }));
      return encodeCollection({ type: 'hash', fields }, plainTypes.redisHash);
    },
  ],
];

/** The value in its new form, put together from pieces of at least that many bytes. */
function inPieces(type: number, body: Buffer, target: RecodeGoal, partBytes: number) {
  const encoder = new RdbFileEncoder('REDIS', 12);
  const key = Buffer.from('k');
  encoder.key({ db: 0, key, type, value: body, expireAtMs: -1, idleSeconds: -1, freq: -1 });
  encoder.end();
  const file = encoder.take();
  const recoder = recodeInPieces(type, 'REDIS', target, 0);
  if (!recoder) throw new Error('no form');
  const parts: Buffer[] = [];
  const take = (entry: RdbEntry, isLast: boolean) =>
    parts.push(Buffer.from(recoder.take(entry.buffer, entry.valueStart, entry.valueEnd, isLast)));
  const walker = new RdbWalker(
    { entry: (entry) => take(entry, true), entryPart: (entry, _, isLast) => take(entry, isLast) },
    { partBytes },
  );
  let start = 0;
  for (let end = 1; end <= file.length; end++) start = walker.walk(file, start, end);
  const head = recoder.elements === null ? Buffer.alloc(0) : new ByteWriter().count(recoder.elements).bytes;
  return {
    type: recoder.type,
    body: Buffer.concat([head, ...parts]),
    lost: recoder.lostFieldTtls,
    parts: parts.length,
  };
}

test.each(cases)('a %s re-encoded in pieces is the one that is re-encoded as a whole', (_, type, target, encode) => {
  fc.assert(
    fc.property(elements, fc.integer({ min: 1, max: 50 }), (texts, partBytes) => {
      const body = encode(texts);
      const whole = recodeValue(type, 'REDIS', body, target);
      const pieces = inPieces(type, body, target, partBytes);
      expect([pieces.type, pieces.lost]).toEqual([whole.type, whole.fieldExpiries.length]);
      const read = (of: Buffer) => sortValue(readValue(whole.type, 'REDIS', of));
      expect(read(pieces.body)).toEqual(read(whole.body));
    }),
  );
});

test('a stream in pieces loses what its older form has no place for, and nothing else', () => {
  const id = Buffer.alloc(16, 1);
  const out = new ByteWriter().count(0);
  for (const number of [0, 9, 0, 0, 0, 8, 0, 9]) out.count(number);
  out.count(2);
  for (const name of ['g', 'h']) {
    out.string(bytes(name)).count(9).count(0).count(7);
    out.count(1).raw(id).time(1_000).count(3);
    out.count(1).string(bytes('ann')).time(5).time(6).count(1).raw(id);
  }
  const body = Buffer.from(out.bytes);
  const target = goal(19, 21);
  const pieces = inPieces(21, body, target, 1);
  expect(pieces.parts).toBeGreaterThan(3);
  expect(pieces.body).toEqual(recodeValue(21, 'REDIS', body, target).body);
});

test.each([
  ['a hash whose expiries are kept', 22, 'VALKEY', goal(22)],
  ['a module value', 7, 'REDIS', goal(7)],
  ['a stream before 5.0', 15, 'REDIS', goal(15)],
  ['a stream with pending entries that nobody owns', 27, 'REDIS', goal(26, 27)],
] as const)('%s is not re-encoded in pieces', (_, type, magic, target) => {
  expect(recodeInPieces(type, magic, target, 0)).toBeNull();
});
