import { FerryError } from '@cacheferry/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplyReader } from './read-reply.ts';
import { type Reply, ReplyError } from './reply.ts';
import { ReplyScanner } from './scan-replies.ts';

const error = (text: string) => new ReplyError(text);
const cases: [string, string, Reply][] = [
  ['a status', '+OK\r\n', 'OK'],
  ['a status that looks like a short one', '+OKAY\r\n', 'OKAY'],
  ['an empty status', '+\r\n', ''],
  ['a queued command', '+QUEUED\r\n', 'QUEUED'],
  ['an error', '-WRONGTYPE Operation\r\n', error('WRONGTYPE Operation')],
  ['an integer', ':1\r\n', 1],
  ['a negative integer', ':-42\r\n', -42],
  ['an integer beyond 2^53', ':9223372036854775807\r\n', 9223372036854775807n],
  ['a bulk', '$5\r\nhello\r\n', Buffer.from('hello')],
  ['a bulk with a line break in it', '$4\r\na\r\nb\r\n', Buffer.from('a\r\nb')],
  ['an empty bulk', '$0\r\n\r\n', Buffer.alloc(0)],
  ['no bulk', '$-1\r\n', null],
  ['no array', '*-1\r\n', null],
  ['an empty array', '*0\r\n', []],
  ['nested arrays', '*3\r\n:1\r\n*2\r\n$1\r\na\r\n*0\r\n-ERR x\r\n', [1, [Buffer.from('a'), []], error('ERR x')]],
  ['a map of RESP3', '%1\r\n+k\r\n:7\r\n', ['k', 7]],
  ['a set of RESP3', '~2\r\n:1\r\n:2\r\n', [1, 2]],
  ['a double of RESP3', ',1.5\r\n', 1.5],
  ['true of RESP3', '#t\r\n', true],
  ['null of RESP3', '_\r\n', null],
  ['a verbatim text of RESP3', '=8\r\ntxt:some\r\n', Buffer.from('some')],
];
const resp3Only = [
  ['an attribute in front', '|1\r\n+a\r\n:1\r\n+OK\r\n', 'OK'],
  ['a push in between', '>2\r\n+message\r\n:1\r\n+OK\r\n', 'OK'],
  ['a bulk error', '!9\r\nERR other\r\n', error('ERR other')],
] as const;

function read(pieces: readonly Buffer[], count: number): Reply[] {
  const reader = new ReplyReader(count);
  for (const piece of pieces) for (let at = 0; at < piece.length; ) at = reader.feed(piece, at);
  expect(reader.isDone).toBe(true);
  return reader.replies;
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) pieces.push(bytes.subarray(at, (at += size)));
  return [...pieces, bytes.subarray(at)].filter((piece) => piece.length > 0);
}

describe('reading replies', () => {
  test.each([...cases, ...resp3Only])('%s is read whole and byte by byte', (_, text, expected) => {
    const bytes = Buffer.from(text);
    expect(read([bytes], 1)).toEqual([expected]);
    expect(
      read(
        [...bytes].map((byte) => Buffer.from([byte])),
        1,
      ),
    ).toEqual([expected]);
  });

  test('many replies cut anywhere are the same', () => {
    const some = fc.array(fc.constantFrom(...cases), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(some, fc.array(fc.nat(40)), (chosen, sizes) => {
        const bytes = Buffer.from(chosen.map(([, text]) => text).join(''));
        expect(read(cut(bytes, sizes), chosen.length)).toEqual(chosen.map(([, , value]) => value));
      }),
    );
  });

  test('it takes no more than its replies', () => {
    const reader = new ReplyReader(1);
    expect(reader.feed(Buffer.from('+OK\r\n+NEXT\r\n'), 0)).toBe(5);
  });
});

describe('scanning replies', () => {
  test('finds exactly the errors that reading finds, cut anywhere', () => {
    const plain = cases.filter(([name]) => !name.includes('RESP3'));
    const some = fc.array(fc.constantFrom(...plain), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(some, fc.array(fc.nat(40)), (chosen, sizes) => {
        const scanner = new ReplyScanner(chosen.length);
        for (const piece of cut(Buffer.from(chosen.map(([, text]) => text).join('')), sizes)) scanner.feed(piece, 0);
        expect(scanner.isDone).toBe(true);
        const expected = chosen.flatMap(([, , value], reply) =>
          value instanceof ReplyError ? [{ reply, element: -1, error: value }] : topErrors(value, reply),
        );
        expect(scanner.errors).toEqual(expected);
        expect(scanner.hasNull).toBe(chosen.some(([, , value]) => value === null));
      }),
    );
  });

  test.each([1, 3, 1_000])(
    'elements of an EXEC that are 0 or less are told when asked for, %d bytes at a time',
    (size) => {
      const bytes = Buffer.from(
        '*8\r\n:0\r\n:10\r\n*2\r\n:0\r\n:0\r\n$1\r\n0\r\n:0\r\n+OK\r\n:-1\r\n*2\r\n:1\r\n:-2\r\n',
      );
      const scanner = new ReplyScanner(1);
      scanner.zeros = [];
      for (let at = 0; at < bytes.length; at += size) scanner.feed(bytes.subarray(at, at + size), 0);
      expect(scanner).toMatchObject({ isDone: true, zeros: [0, 4, 6, 7] });
    },
  );

  test.each([1, 2, 3, 1000])('replies that are 0 or null are told when asked for, %d bytes at a time', (size) => {
    const bytes = Buffer.from(':0\r\n:1\r\n$-1\r\n+OK\r\n*2\r\n:0\r\n$-1\r\n*-1\r\n:10\r\n$1\r\n0\r\n_\r\n:0\r\n');
    const scanner = new ReplyScanner(10);
    scanner.nones = [];
    for (let at = 0; at < bytes.length; at += size) scanner.feed(bytes.subarray(at, at + size), 0);
    expect(scanner).toMatchObject({ isDone: true, nones: [0, 2, 5, 8, 9] });
  });

  test('says which element of a transaction failed', () => {
    const scanner = new ReplyScanner(3);
    scanner.feed(Buffer.from('+OK\r\n+QUEUED\r\n*4\r\n+OK\r\n*2\r\n:1\r\n:2\r\n-WRONGTYPE no\r\n$3\r\n-ab\r\n'), 0);
    expect(scanner.errors.map(({ reply, element }) => [reply, element])).toEqual([[2, 2]]);
  });
});

function topErrors(value: Reply, reply: number) {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, element) => (item instanceof ReplyError ? [{ reply, element, error: item }] : []));
}

test.each([
  ['one byte at a time at its begin', [1, 1, 1, 65_536]],
  ['pieces of a read', [65_536]],
  ['pieces that end at the line end', [524_288, 524_287]],
])('a bulk of megabytes that comes in %s is whole, and so is what follows', (_, sizes) => {
  const value = Buffer.alloc(3_000_000, 'abcdefghijk');
  const bytes = Buffer.concat([
    Buffer.from(`*2\r\n$${value.length}\r\n`),
    value,
    Buffer.from('\r\n$3\r\nend\r\n+OK\r\n'),
  ]);
  const reader = new ReplyReader(2);
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] as number;
    // The memory of a piece may be used again.
    const piece = Buffer.from(bytes.subarray(at, at + size));
    reader.feed(piece, 0);
    at += size;
  }
  const [pair, last] = reader.replies as [Buffer[], string];
  expect([pair[0]?.equals(value), pair[1]?.toString(), last]).toEqual([true, 'end', 'OK']);
});

describe('replies that cannot be right', () => {
  const hostile: [string, string][] = [
    ['an unknown type', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a TLS alert', '\x15\x03\x03\x00\x02\x02\x28\n'],
    ['an SSH banner', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a negative bulk length', '$-5\r\n'],
    ['a bulk beyond the bound', '$99999999999\r\n'],
    ['a bulk length that is no number', '$1e3\r\n'],
    ['a bulk without its end', '$2\r\nabcd\r\n'],
    ['an array beyond the bound', '*99999999999\r\n'],
    ['an integer that is no number', ':1x\r\n'],
    ['a line without a carriage return', '+OK\n'],
    ['nesting without end', '*1\r\n'.repeat(40)],
    ['a line without end', `+${'x'.repeat(70_000)}`],
  ];
  test.each(hostile)('%s is refused by the reader', (_, text) => {
    expect(() => new ReplyReader(1).feed(Buffer.from(text, 'latin1'), 0)).toThrow(FerryError);
  });

  test('an array of 2,147,483,647 elements takes no memory before they come', () => {
    const before = process.memoryUsage().rss;
    new ReplyReader(1).feed(Buffer.from('*2147483647\r\n:1\r\n'), 0);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
  });

  test('a bulk of 512 MiB takes no memory before it comes', () => {
    const before = process.memoryUsage().rss;
    const reader = new ReplyReader(1);
    reader.feed(Buffer.from('$536870912\r\nabc'), 0);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
  });

  test('any bytes end in a reply or a typed error', () => {
    const bytes = fc.array(fc.constantFrom(...Buffer.from('*$+-:_#,(%~>|!=\r\n0123456789atf')), { maxLength: 80 });
    fc.assert(
      fc.property(bytes, (list) => {
        for (const consumer of [new ReplyReader(3), new ReplyScanner(3)]) {
          try {
            consumer.feed(Buffer.from(list), 0);
          } catch (error) {
            expect(error).toMatchObject({ code: 'protocol.malformed' });
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
