import type { LogPage, StoredEvent } from '@cacheferry/contract';
import { describe, expect, test } from 'vitest';
import { type FetchLogs, LogBook } from './log-book.ts';

const line = (id: number): StoredEvent => ({
  id,
  at: '2026-01-01T00:00:00.000Z',
  type: 'log',
  level: 'info',
  runId: null,
  seq: id,
  msg: `line ${id}`,
});

/** A server with the lines `first`..`last`; it notes what it was asked for. */
function server(first: number, last: number) {
  const state = { first, last, asked: [] as string[] };
  const fetch: FetchLogs = async ({ after, limit }): Promise<LogPage> => {
    state.asked.push(`${after}+${limit}`);
    const from = Math.max(state.first, after + 1);
    const to = Math.min(state.last, from + limit - 1);
    const items = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => line(from + index));
    return { items, nextCursor: null, total: state.last - state.first + 1, lastId: state.last };
  };
  return { state, fetch };
}

const ids = (book: LogBook) =>
  Array.from({ length: book.count }, (_, index) => book.at(book.firstId + index)?.id ?? null);
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('the log', () => {
  test('lines of the stream stand once and in order, however often and in whatever pieces they come', async () => {
    const { fetch } = server(1, 0);
    const book = new LogBook(fetch, () => {});
    await book.open();
    book.take([line(1), line(2)]);
    book.take([line(2), line(1), line(3)]);
    book.take([line(3)]);
    expect(ids(book)).toEqual([1, 2, 3]);
  });

  test('a gap is read before anything newer is seen', async () => {
    const { state, fetch } = server(1, 9);
    const book = new LogBook(fetch, () => {});
    book.take([line(1), line(2)]);
    book.take([line(9)]);
    expect(book.lastId).toBe(2);
    await settle();
    expect(ids(book)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(state.asked).toEqual(['2+1000']);
  });

  test('a gap longer than one answer is read to its end', async () => {
    const { fetch } = server(1, 2600);
    const book = new LogBook(fetch, () => {});
    book.take([line(2600)]);
    for (let i = 0; i < 8; i++) await settle();
    expect(ids(book)).toEqual(Array.from({ length: 2600 }, (_, index) => index + 1));
  });

  test('a failed fill is tried again with the next frame', async () => {
    const { fetch } = server(1, 5);
    let isDown = true;
    const book = new LogBook(
      (query) => (isDown ? Promise.reject(new Error('down')) : fetch(query)),
      () => {},
    );
    book.take([line(4)]);
    await settle();
    expect(book.lastId).toBe(0);
    isDown = false;
    book.take([line(5)]);
    await settle();
    expect(ids(book)).toEqual([1, 2, 3, 4, 5]);
  });

  test('only the pages that are looked at are read, each once', async () => {
    const { state, fetch } = server(1, 1_000_000);
    const book = new LogBook(fetch, () => {});
    await book.open();
    expect(book.count).toBe(1_000_000);
    await Promise.all([book.need(600_001, 600_040), book.need(600_010, 600_050)]);
    expect(book.at(600_020)?.id).toBe(600_020);
    expect(state.asked).toEqual(['0+1', '600000+500']);
  });

  test('a page is filled up when lines came by the stream before it was read', async () => {
    const { fetch } = server(1, 700);
    const book = new LogBook(fetch, () => {});
    await book.open();
    book.take([line(701), line(702)]);
    expect(book.at(700)).toBeUndefined();
    await book.need(690, 702);
    expect(book.at(690)?.id).toBe(690);
    expect(book.at(702)?.id).toBe(702);
  });

  test('lines that were deleted by retention are no rows', async () => {
    const { fetch } = server(301, 400);
    const book = new LogBook(fetch, () => {});
    await book.open();
    await book.need(1, 400);
    expect(ids(book)).toEqual(Array.from({ length: 100 }, (_, index) => index + 301));
  });

  test('without a stream, catching up tells how many lines came', async () => {
    const { state, fetch } = server(1, 3);
    const book = new LogBook(fetch, () => {});
    await book.open();
    state.last = 2503;
    expect(await book.catchUp()).toBe(2500);
    expect(book.lastId).toBe(2503);
  });

  test('memory is bounded', async () => {
    const { fetch } = server(1, 400_000);
    const book = new LogBook(fetch, () => {});
    await book.open();
    for (let id = 1; id <= 400_000; id += 500) await book.need(id, id);
    const kept = Array.from({ length: 800 }, (_, page) => book.at(page * 500 + 1)).filter(Boolean);
    expect(kept.length).toBeLessThanOrEqual(260);
    expect(book.at(399_999)?.id).toBe(399_999);
  });
});
