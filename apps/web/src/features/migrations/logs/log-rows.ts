import type { StoredEvent } from '@cacheferry/contract';
import type { LogBook } from './log-book.ts';
import type { MatchList } from './match-list.ts';

/** What the list on the screen needs of either all lines or those that match. */
export type LogRows = {
  /** Rises when a row has changed. */
  version: number;
  count: number;
  /** Id of the newest line, for counting what is new. */
  lastId: number;
  at: (index: number) => StoredEvent | undefined;
  keyOf: (index: number) => number;
  indexOf: (id: number) => number;
  need: (from: number, to: number) => void;
};

/** Chromium ends an element at 33.5 million pixels; the oldest lines beyond that are reached by searching. */
const maxRows = 1_500_000;

/** All lines, by their ids. */
export function rowsOfBook(book: LogBook, version: number): LogRows {
  const count = Math.min(book.count, maxRows);
  const first = book.lastId - count + 1;
  return {
    version,
    count,
    lastId: book.lastId,
    at: (index) => book.at(first + index),
    keyOf: (index) => first + index,
    indexOf: (id) => id - first,
    need: (from, to) => void book.need(first + from, first + to).catch(() => {}),
  };
}

/** Only the lines that match, as far as they are read. */
export function rowsOfMatches(matches: MatchList, lastId: number, version: number): LogRows {
  const { items } = matches;
  return {
    version,
    count: items.length,
    lastId,
    at: (index) => items[index],
    keyOf: (index) => items[index]?.id ?? index,
    indexOf: (id) => items.findIndex((item) => item.id === id),
    need: () => {},
  };
}
