import { encodeCommand } from '@cacheferry/resp';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digitCount, OutputBuffer } from './output-buffer.ts';

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
    [0, 1],
    [9, 1],
    [10, 2],
    [4_102_444_800_000, 13],
    [Number.MAX_SAFE_INTEGER, 16],
  ])('%d has %d digits', (value, count) => {
    expect(digitCount(value)).toBe(count);
  });
});
