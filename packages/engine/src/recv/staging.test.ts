import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxPayloadBytes } from './record.ts';
import { Staging } from './staging.ts';

describe('what waits to be written', () => {
  test('comes out as it went in, however it is taken, and is not overwritten while it is', () => {
    const step = fc.oneof(
      fc.record({
        phase: fc.constantFrom('rdb' as const, 'stream' as const),
        size: fc.integer({ min: 1, max: 700_000 }),
      }),
      fc.constantFrom('take', 'take and keep', 'take and keep', 'release'),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const staging = new Staging();
        const at = { rdb: 0, stream: 0 };
        const seen: Record<'rdb' | 'stream', number> = { rdb: 0, stream: 0 };
        const kept: { bytes: Buffer; copy: Buffer }[] = [];
        let waiting = 0;
        const take = (isKept: boolean) => {
          const next = staging.peek();
          if (!next) return;
          expect(next.at).toBe(seen[next.phase]);
          for (const offset of [0, next.bytes.length - 1]) expect(next.bytes[offset]).toBe((next.at + offset) % 251);
          seen[next.phase] += next.bytes.length;
          waiting -= next.bytes.length;
          if (isKept) kept.push({ bytes: next.bytes, copy: Buffer.from(next.bytes) });
          staging.shift(isKept);
        };
        for (const one of steps) {
          if (one === 'release') staging.release(kept.shift()?.bytes ?? Buffer.alloc(0));
          else if (typeof one === 'string') take(one === 'take and keep');
          else {
            const start = at[one.phase];
            const bytes = Buffer.from(Uint8Array.from({ length: one.size }, (_, i) => (start + i) % 251));
            staging.append(one.phase, start, bytes, 1);
            at[one.phase] += one.size;
            waiting += one.size;
          }
          expect(staging.bytes).toBe(waiting);
        }
        while (staging.peek()) take(false);
        expect(seen).toEqual(at);
        for (const { bytes, copy } of kept) expect(bytes.equals(copy)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('memory that was kept is used again once all who read it are done', () => {
    const staging = new Staging();
    const take = () => {
      const bytes = staging.peek()?.bytes as Buffer;
      staging.shift(true);
      return bytes;
    };
    staging.append('rdb', 0, Buffer.alloc(100), 1);
    const first = take();
    staging.append('rdb', 100, Buffer.alloc(maxPayloadBytes - 100), 1);
    const second = take();
    expect(second.buffer).toBe(first.buffer);
    staging.release(first);
    staging.append('rdb', maxPayloadBytes, Buffer.alloc(maxPayloadBytes), 1);
    expect(take().buffer).not.toBe(first.buffer);
    staging.release(second);
    staging.append('rdb', 2 * maxPayloadBytes, Buffer.alloc(1), 1);
    expect(take().buffer).toBe(first.buffer);
  });

  test('what is being written does not grow, and memory that was cleared is not used again', () => {
    const staging = new Staging();
    staging.append('stream', 0, Buffer.from('abc'), 1);
    const writing = staging.peek();
    staging.append('stream', 3, Buffer.from('def'), 2);
    expect(writing?.bytes.toString()).toBe('abc');
    expect(staging.peek()?.bytes.toString()).toBe('abc');
    staging.shift(false);
    expect(staging.peek()).toMatchObject({ at: 3, receivedAtMs: 2 });
    staging.clear();
    staging.append('stream', 50, Buffer.from('xyz'), 3);
    expect(writing?.bytes.toString()).toBe('abc');
    expect(staging.peek()?.bytes.toString()).toBe('xyz');
  });
});
