import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Splice } from './splice.ts';

/** Records of the test: one byte of length, then so many bytes. */
class Lengths {
  readonly found: string[] = [];
  needBytes = 1;

  walk(buffer: Buffer, start: number, end: number): number {
    let at = start;
    for (;;) {
      const size = at < end ? 1 + (buffer[at] as number) : 1;
      this.needBytes = size;
      if (at + size > end) return at;
      this.found.push(buffer.toString('hex', at + 1, at + size));
      at += size;
    }
  }
}

describe('the splice', () => {
  test('finds every record once, in order, however the bytes are cut', () => {
    const records = fc.array(fc.uint8Array({ maxLength: 255 }), { maxLength: 60 });
    fc.assert(
      fc.property(records, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (list, cuts) => {
        const bytes = Buffer.concat(list.flatMap((one) => [Buffer.of(one.length), Buffer.from(one)]));
        const walker = new Lengths();
        const splice = new Splice(walker);
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const size = cuts[n % cuts.length] as number;
          const piece = Buffer.from(bytes.subarray(at, at + size));
          for (const _ of splice.take(piece)) void _;
          piece.fill(0xff);
          at += size;
        }
        expect(walker.found).toEqual(list.map((one) => Buffer.from(one).toString('hex')));
        expect(splice.heldBytes).toBe(0);
      }),
    );
  });

  test('walks a piece of many records in slices, so that the caller can wait in between', () => {
    const record = Buffer.concat([Buffer.of(255), Buffer.alloc(255)]);
    const walker = new Lengths();
    const pauses = [...new Splice(walker).take(Buffer.concat(Array.from({ length: 4096 }, () => record)))].length;
    expect(walker.found).toHaveLength(4096);
    expect(pauses).toBeGreaterThanOrEqual(8);
  });
});
