import { describe, expect, test } from 'vitest';
import { EndlessPages, type TableSize } from './endless-pages.ts';

/** Whether so many pages of so many keys each are taken. */
function takes(size: TableSize, pages: number, keysEach: number): boolean {
  const watch = new EndlessPages(size, 1_000);
  try {
    for (let n = 0; n < pages; n++) watch.note(keysEach, 'h:1');
    return true;
  } catch {
    return false;
  }
}

const gib = 1024 ** 3;

describe('pages of a scan', () => {
  test.each<[string, TableSize, number, number, boolean]>([
    ['a small server whose pages stay empty', { expectedKeys: 10, usedMemory: 2_000_000 }, 3_600, 0, false],
    ['the same for a while', { expectedKeys: 10, usedMemory: 2_000_000 }, 900, 0, true],
    // 2^30 buckets, of which all but some are empty, at 10,000 a page, or at 100 through a proxy.
    ['a huge table that was emptied', { expectedKeys: 10, usedMemory: 8 * gib }, 107_375, 0, true],
    ['the same through a proxy that asks for less', { expectedKeys: 10, usedMemory: 9 * gib }, 1_000_000, 0, true],
    ['a million keys whose time is over', { expectedKeys: 1_000_000, usedMemory: 2_000_000 }, 1_000, 0, true],
    ['a server that does not tell its memory', { expectedKeys: 10, usedMemory: null }, 1_000_000, 0, true],
    ['the same for ever', { expectedKeys: 10, usedMemory: null }, 1_000_100, 0, false],
    ['the same keys again and again', { expectedKeys: 10, usedMemory: gib }, 1_002, 1_000, false],
    ['a table that doubles while it is read', { expectedKeys: 1_000_000, usedMemory: gib }, 4_000, 1_000, true],
  ])('%s', (...[, size, pages, keysEach, isTaken]) => {
    expect(takes(size, pages, keysEach)).toBe(isTaken);
  });
});
