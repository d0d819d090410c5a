import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommandWriter, encodeCommands } from './encode-command.ts';
import { CommandScanner } from './scan-command.ts';

/** Walks a stream that arrives in pieces, as a shipper does: what is left of one piece goes in front of the next. */
function walk(pieces: readonly Buffer[]): { commands: string[][]; offsets: number[] } {
  const scanner = new CommandScanner();
  const commands: string[][] = [];
  const offsets: number[] = [];
  let buffer: Buffer = Buffer.alloc(0);
  let base = 0;
  for (const piece of pieces) {
    buffer = Buffer.concat([buffer, piece]);
    let at = 0;
    for (let end = scanner.next(buffer, at); end >= 0; end = scanner.next(buffer, at)) {
      const args = Array.from({ length: scanner.count }, (_, i) =>
        buffer.toString('latin1', scanner.startOf(i), scanner.endOf(i)),
      );
      if (args.length > 0) commands.push(args);
      offsets.push(base + end);
      at = end;
    }
    expect(scanner.needed).toBeGreaterThan(buffer.length - at);
    base += at;
    buffer = buffer.subarray(at);
  }
  expect(buffer).toHaveLength(0);
  return { commands, offsets };
}

const command = fc.array(fc.string({ maxLength: 30, unit: 'binary-ascii' }), { minLength: 1, maxLength: 6 });

describe('walking a command stream', () => {
  test('finds every command, cut anywhere, with keep-alives and annotations in between', () => {
    const part = fc.oneof(
      command.map((args) => ({ args, bytes: encodeCommands([args]) })),
      fc.constant({ args: null, bytes: Buffer.from('\n') }),
      fc.constant({ args: null, bytes: Buffer.from('#TS:1628217470\r\n') }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 15 }), fc.array(fc.integer({ min: 1, max: 50 })), (parts, sizes) => {
        const bytes = Buffer.concat(parts.map((one) => one.bytes));
        const pieces: Buffer[] = [];
        let at = 0;
        for (const size of sizes) pieces.push(bytes.subarray(at, (at += size)));
        const { commands, offsets } = walk([...pieces, bytes.subarray(at)]);
        expect(commands).toEqual(parts.flatMap((one) => (one.args ? [one.args] : [])));
        let end = 0;
        expect(offsets).toEqual(parts.map((one) => (end += one.bytes.length)));
      }),
    );
  });

  test('reads inline commands as words', () => {
    expect(walk([Buffer.from('PING\r\nSET  a b\n\r\n')]).commands).toEqual([['PING'], ['SET', 'a', 'b']]);
  });

  test('takes a command of 300,000 arguments that arrives in small pieces in one walk', () => {
    const args = ['DEL', ...Array.from({ length: 300_000 }, (_, i) => `k${i}`)];
    const bytes = encodeCommands([args]);
    const scanner = new CommandScanner();
    const started = performance.now();
    for (let end = 20_000; end < bytes.length; end += 20_000) expect(scanner.next(bytes.subarray(0, end), 0)).toBe(-1);
    expect(scanner.next(bytes, 0)).toBe(bytes.length);
    expect(scanner.count).toBe(300_001);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('a big argument says how many bytes it needs', () => {
    const scanner = new CommandScanner();
    expect(scanner.next(Buffer.from('*2\r\n$3\r\nGET\r\n$1000000\r\nabc'), 0)).toBe(-1);
    expect(scanner.needed).toBe(23 + 1_000_000 + 2);
  });

  test.each([
    ['no number of arguments', '*x\r\n'],
    ['a number without end', '*11111111111111111111111111111111111\r\n'],
    ['no length', '*1\r\n3\r\nabc\r\n'],
    ['a negative length', '*1\r\n$-1\r\n'],
    ['a length beyond the bound', '*1\r\n$999999999999\r\n'],
    ['an argument longer than it said', '*1\r\n$2\r\nabc\r\n'],
    ['binary at the place of a command', '\x01\x02\x03\r\n'],
    ['a line of 70,000 bytes', 'x'.repeat(70_000)],
  ])('%s is refused', (_, text) => {
    expect(() => new CommandScanner().next(Buffer.from(text, 'latin1'), 0)).toThrow(
      expect.objectContaining({ code: 'protocol.malformed' }),
    );
  });
});

describe('writing commands', () => {
  test('the writer and the encoder agree, and what was taken is never touched again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 200 }), fc.integer()), { minLength: 1 })),
        (commands) => {
          const writer = new CommandWriter(64);
          for (const args of commands) {
            writer.begin(args.length);
            for (const arg of args) writer.argument(arg);
          }
          const bytes = writer.take();
          const copy = Buffer.from(bytes);
          writer.begin(1);
          writer.text('x'.repeat(500));
          expect(bytes.equals(copy)).toBe(true);
          expect(encodeCommands(commands).equals(copy)).toBe(true);
        },
      ),
    );
  });
});
