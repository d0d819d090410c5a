import { encodeCommand } from '@cacheferry/resp';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digitCount, OutputBuffer } from './output-buffer.ts';
import { SendMemory } from './send-memory.ts';

describe('the output buffer', () => {
  test('writes the same bytes as the codec for any command, however small it starts', () => {
    const argument = fc.oneof(
      fc.string(),
      fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 20 }), (args) => {
        const out = new OutputBuffer(1);
        out.command(...args);
        expect(out.view().equals(encodeCommand(args))).toBe(true);
      }),
    );
  });

  test('gives grown memory back and starts anew', () => {
    const out = new OutputBuffer(64);
    out.bulk(Buffer.alloc(100_000));
    out.reset();
    expect(out.length).toBe(0);
    expect(out.bytes.length).toBe(64);
  });

  test.each([
    ['of one memory', () => new SendMemory(), 64],
    ['of one memory, having outgrown it', () => new SendMemory(), 16],
    ['of its own', () => ({ output: (size: number) => new OutputBuffer(size) }), 64],
  ])('takes a piece of another buffer %s', (_, memory, size) => {
    const room = memory();
    const [from, to] = [room.output(size), room.output(size)];
    from.raw(Buffer.from('<<a piece of bytes>>'));
    to.raw(Buffer.from('before '));
    to.rawOf(from, 2, 18);
    to.rawOf(from, 18, 20);
    expect(to.view().toString()).toBe('before a piece of bytes>>');
    expect(from.view().toString()).toBe('<<a piece of bytes>>');
  });

  test.each([
    [0, 1],
    [9, 1],
    [10, 2],
    [4_102_444_800_000, 13],
    [Number.MAX_SAFE_INTEGER, 16],
  ])('%d has %d digits', (value, count) => {
    expect(digitCount(value)).toBe(count);
  });
});
