import { expect, test } from 'vitest';
import { newSegment, type Phase } from './segment.ts';
import { TailCache } from './tail-cache.ts';

const size = 1024 * 1024;

function cacheOf(phase: Phase, count: number) {
  const released: (number | undefined)[] = [];
  const cache = new TailCache((bytes) => released.push(bytes[0]));
  const segment = newSegment('/nowhere', 1, phase, 0);
  cache.find(phase, 0);
  for (let n = 0; n < count; n++)
    cache.add({ segment, at: n * size, end: (n + 1) * size, bytes: Buffer.alloc(size, n), receivedAtMs: n });
  return { cache, released };
}

test('what a reader of an RDB has left behind is given back, and what it is at is not', () => {
  const { cache, released } = cacheOf('rdb', 3);
  expect(cache.find('rdb', 0)?.bytes[0]).toBe(0);
  expect(cache.find('rdb', size - 1)?.bytes).toHaveLength(1);
  expect(released).toEqual([]);
  expect(cache.find('rdb', 2 * size + 5)?.bytes).toHaveLength(size - 5);
  expect(released).toEqual([0, 1]);
  expect(cache.find('rdb', 0)).toBeNull();
  expect(cache.find('rdb', 3 * size)).toBeNull();
  expect(released).toEqual([0, 1, 2]);
});

test('what goes for want of room may still be read: it is never given back', () => {
  const { cache, released } = cacheOf('rdb', 5);
  expect(cache.find('rdb', 0)).toBeNull();
  expect(cache.find('rdb', size)?.bytes[0]).toBe(1);
  cache.clear();
  cache.find('rdb', 5 * size);
  expect(released).toEqual([]);
});

test('a stream stays for who reads some of it again', () => {
  const { cache, released } = cacheOf('stream', 3);
  cache.find('stream', 3 * size);
  expect(cache.find('stream', 0)?.bytes[0]).toBe(0);
  expect(released).toEqual([]);
});
