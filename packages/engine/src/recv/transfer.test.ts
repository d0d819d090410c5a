import { FerryError } from '@cacheferry/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Transfer, type TransferSink } from './transfer.ts';

const id = 'a'.repeat(40);
const mark = 'm0123456789012345678901234567890123456789'.slice(0, 40);

/** Feeds bytes in pieces and notes what came out, neighbouring bytes joined. */
function take(pieces: readonly Buffer[], start: 'reply' | 'preamble' = 'reply'): string[] {
  const seen: string[] = [];
  const bytes = (kind: string) => (piece: Buffer) => {
    const last = seen.at(-1);
    if (last?.startsWith(`${kind} `)) seen[seen.length - 1] = last + piece.toString('latin1');
    else seen.push(`${kind} ${piece.toString('latin1')}`);
  };
  const sink: TransferSink = {
    fullSync: (replicationId, offset) => seen.push(`full ${replicationId} ${offset}`),
    proceed: (replicationId) => seen.push(`proceed ${replicationId}`),
    rdbStart: (size) => seen.push(`start ${size}`),
    rdb: bytes('rdb'),
    rdbEnd: () => seen.push('end'),
    stream: bytes('stream'),
    refused: (reply) => seen.push(`refused ${reply.message}`),
  };
  const transfer = new Transfer(sink, start);
  for (const piece of pieces) transfer.feed(piece);
  return seen;
}

const cases: [string, string, string[]][] = [
  [
    'a sized RDB',
    `+FULLRESYNC ${id} 77\r\n$9\r\nREDIS0011*1\r\n`,
    [`full ${id} 77`, 'start 9', 'rdb REDIS0011', 'end', 'stream *1\r\n'],
  ],
  [
    'keep-alives before reply and size',
    `\n\n+FULLRESYNC ${id} 0\r\n\n\n\n$5\r\nREDISx`,
    [`full ${id} 0`, 'start 5', 'rdb REDIS', 'end', 'stream x'],
  ],
  [
    'a marked RDB',
    `+FULLRESYNC ${id} 1\r\n$EOF:${mark}\r\nREDISm01m${mark}*3`,
    [`full ${id} 1`, 'start null', 'rdb REDISm01m', 'end', 'stream *3'],
  ],
  [
    'a marked RDB that ends with beginnings of the mark',
    `+FULLRESYNC ${id} 1\r\n$EOF:${mark}\r\nR${mark.slice(0, 39)}${mark}`,
    [`full ${id} 1`, 'start null', `rdb R${mark.slice(0, 39)}`, 'end'],
  ],
  [
    'a marked RDB that begins with its mark',
    `+FULLRESYNC ${id} 1\r\n$EOF:${mark}\r\n${mark}a`,
    [`full ${id} 1`, 'start null', 'end', 'stream a'],
  ],
  ['a continuation', `+CONTINUE\r\n*1\r\n$4\r\nPING\r\n`, ['proceed null', 'stream *1\r\n$4\r\nPING\r\n']],
  ['a continuation under a new id', `\n+CONTINUE ${'b'.repeat(40)}\r\nx`, [`proceed ${'b'.repeat(40)}`, 'stream x']],
  [
    'a refusal',
    "-NOMASTERLINK Can't SYNC while not connected with my master\r\n",
    ["refused NOMASTERLINK Can't SYNC while not connected with my master"],
  ],
  [
    'a snapshot that failed',
    `+FULLRESYNC ${id} 5\r\n\n-BGSAVE failed\r\nmore`,
    [`full ${id} 5`, 'refused BGSAVE failed'],
  ],
];

describe('the transfer behind PSYNC', () => {
  test.each(cases)('%s arrives the same whole and byte by byte', (_, text, expected) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(take([bytes])).toEqual(expected);
    expect(take([...bytes].map((byte) => Buffer.from([byte])))).toEqual(expected);
  });

  test('pieces cut anywhere change nothing', () => {
    const anyCase = fc.constantFrom(...cases);
    fc.assert(
      fc.property(
        anyCase,
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 }),
        ([, text, expected], sizes) => {
          const bytes = Buffer.from(text, 'latin1');
          const pieces: Buffer[] = [];
          let at = 0;
          for (const size of sizes) pieces.push(bytes.subarray(at, (at += size)));
          expect(take([...pieces, bytes.subarray(at)])).toEqual(expected);
        },
      ),
    );
  });

  test('a server before 2.8 sends its RDB at once', () => {
    expect(take([Buffer.from('\n$5\r\nREDIS*1')], 'preamble')).toEqual(['start 5', 'rdb REDIS', 'end', 'stream *1']);
  });

  test.each([
    ['a replication id of the wrong length', '+FULLRESYNC abc 5\r\n', 'stream.invalid'],
    ['a negative offset', `+FULLRESYNC ${id} -5\r\n`, 'stream.invalid'],
    ['an offset beyond 2^53', `+FULLRESYNC ${id} 9999999999999999999\r\n`, 'stream.invalid'],
    ['another status', '+OK\r\n', 'stream.invalid'],
    ['an endless line', `+${'x'.repeat(2000)}`, 'stream.invalid'],
    ['an RDB of no length', `+FULLRESYNC ${id} 5\r\n$0\r\n`, 'stream.invalid'],
    ['an RDB of negative length', `+FULLRESYNC ${id} 5\r\n$-5\r\n`, 'stream.invalid'],
    ['an RDB of absurd length', `+FULLRESYNC ${id} 5\r\n$99999999999999999999\r\n`, 'stream.invalid'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n', 'protocol.malformed'],
    ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x28', 'protocol.malformed'],
  ])('%s is refused', (_, text, code) => {
    let caught: unknown;
    try {
      take([Buffer.from(text, 'latin1')]);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(FerryError);
    expect(caught).toMatchObject({ code });
  });

  test('an RDB whose mark never comes is refused at the bound', () => {
    const transfer = new Transfer({
      fullSync: () => {},
      proceed: () => {},
      rdbStart: () => {},
      rdb: () => {},
      rdbEnd: () => {},
      stream: () => {},
      refused: () => {},
    });
    transfer.maxRdbBytes = 100_000;
    transfer.feed(Buffer.from(`+FULLRESYNC ${id} 5\r\n$EOF:${mark}\r\n`));
    expect(() => {
      for (let n = 0; n < 10; n++) transfer.feed(Buffer.alloc(20_000));
    }).toThrow(FerryError);
  });
});
