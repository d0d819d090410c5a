import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyBatch, commandHead } from './key-batch.ts';
import { leafKind, RawReplies } from './raw-replies.ts';

const keep = 100;
const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/** Feeds bytes in pieces; returns what was taken of them. */
function feed(replies: RawReplies, bytes: Buffer, sizes: readonly number[]): number {
  let at = 0;
  for (let i = 0; at < bytes.length && !replies.isDone; i++) {
    const chunk = bytes.subarray(at, at + Math.max(1, sizes[i % sizes.length] ?? bytes.length));
    at += replies.feed(chunk, 0);
  }
  return at;
}

const leaves = (replies: RawReplies) =>
  Array.from({ length: replies.count }, (_, i) => [
    replies.kind(i),
    replies.kind(i) === leafKind.big ? replies.size(i) : replies.text(i).toString(),
  ]);

describe('raw replies', () => {
  test('tell bulk strings, nulls, numbers, errors and arrays by their leaves', () => {
    const replies = new RawReplies(keep).expect(5);
    const bytes = Buffer.from(`${bulk('abc')}$-1\r\n:42\r\n-ERR no\r\n*2\r\n${bulk('')}*2\r\n+OK\r\n:-1\r\n`);
    expect(feed(replies, bytes, [])).toBe(bytes.length);
    expect(leaves(replies)).toEqual([
      [0, 'abc'],
      [1, ''],
      [3, '42'],
      [2, 'ERR no'],
      [0, ''],
      [3, 'OK'],
      [3, '-1'],
    ]);
    expect(replies.integer(2)).toBe(42);
  });

  test('are the same however the bytes arrive, and leave what follows them', () => {
    const one = fc.oneof(
      fc.string({ maxLength: 300 }).map(bulk),
      fc.constantFrom('$-1\r\n', ':7\r\n', '-ERR x\r\n', '*0\r\n', '*-1\r\n', `*2\r\n:1\r\n${bulk('x')}`),
    );
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(90), { minLength: 1 }),
        (all, sizes) => {
          const bytes = Buffer.from(`${all.join('')}:99\r\n:98\r\n`);
          const whole = new RawReplies(keep).expect(all.length);
          const pieces = new RawReplies(keep).expect(all.length);
          const end = bytes.length - 10;
          expect(feed(whole, bytes, [bytes.length])).toBe(end);
          expect(feed(pieces, bytes, sizes)).toBe(end);
          expect(leaves(pieces)).toEqual(leaves(whole));
        },
      ),
    );
  });

  test('drop what is too big and stay small', () => {
    const replies = new RawReplies(keep).expect(2);
    const bytes = Buffer.from(`${bulk('x'.repeat(5_000_000))}:1\r\n`);
    expect(feed(replies, bytes, [65_536])).toBe(bytes.length);
    expect(leaves(replies)).toEqual([
      [4, 5_000_000],
      [3, '1'],
    ]);
    expect(replies.bytes.length).toBeLessThan(1_000_000);
  });

  test('are equal when and only when their bytes are, and never when one was cut', () => {
    const take = (text: string) => {
      const replies = new RawReplies(keep).expect(1);
      feed(replies, Buffer.from(text), []);
      return replies;
    };
    expect(take(bulk('abc')).equals(take(bulk('abc')))).toBe(true);
    expect(take(bulk('abc')).equals(take(bulk('abd')))).toBe(false);
    const big = bulk('x'.repeat(200));
    expect(take(big).equals(take(big))).toBe(false);
  });

  test.each([['?1\r\n'], ['$x\r\n'], ['*x\r\n'], ['$-2\r\n']])('refuse %j', (text) => {
    expect(() => new RawReplies(keep).expect(1).feed(Buffer.from(text), 0)).toThrow();
  });
});

test('a batch of keys becomes commands without touching the keys', () => {
  const page = new RawReplies(keep).expect(1);
  const text = `*2\r\n${bulk('17')}*3\r\n${bulk('a')}${bulk('')}${bulk('c\r\nd')}`;
  feed(page, Buffer.from(text), []);
  const batch = new KeyBatch();
  for (let leaf = 1; leaf < page.count; leaf++) batch.add(page, leaf);
  expect([0, 1, 2].map((i) => batch.key(i).toString())).toEqual(['a', '', 'c\r\nd']);
  expect(batch.joined('MGET').toString()).toBe(`*4\r\n${bulk('MGET')}${bulk('a')}${bulk('')}${bulk('c\r\nd')}`);
  const head = commandHead('DUMP');
  expect(batch.each(head, [2, 0]).toString()).toBe(
    `*2\r\n${bulk('DUMP')}${bulk('c\r\nd')}*2\r\n${bulk('DUMP')}${bulk('a')}`,
  );
  expect(batch.each(head).length).toBe(head.length * 3 + text.length - 16);
});
