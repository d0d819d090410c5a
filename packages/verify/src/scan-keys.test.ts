import { describe, expect, test } from 'vitest';
import type { TableSize } from '@cacheferry/engine';
import { answer } from './own-answer.ts';
import { scanKeys } from './scan-keys.ts';
import type { SideLink } from './side-link.ts';

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;

/** A server whose SCAN gives so many keys a page, and the cursor 0 after so many pages. */
function serverOf({ pages, keys }: { pages: number; keys: number }): SideLink {
  let given = 0;
  const send: SideLink['send'] = async (_, into) => {
    given++;
    answer(into, bulk(given < pages ? '7' : '0'));
    for (let n = 0; n < keys; n++) answer(into, bulk(`key:${n}`));
  };
  return { endpoint: 'h:1', send } as SideLink;
}

/** How many keys a scan gave; the code of the error that it ended with. */
async function scan(size: TableSize, of: { pages: number; keys: number }): Promise<number | string> {
  let count = 0;
  try {
    for await (const page of scanKeys(serverOf(of), size)) count += page.count - 1;
  } catch (error) {
    return (error as { code: string }).code;
  }
  return count;
}

const gib = 1024 ** 3;
const endless = 'source.scan_endless';

describe('the keys of a side', () => {
  test.each<[string, TableSize, { pages: number; keys: number }, number | string]>([
    ['a huge table that was emptied', { expectedKeys: 10, usedMemory: 8 * gib }, { pages: 100_000, keys: 0 }, 0],
    [
      'a small one whose pages stay empty',
      { expectedKeys: 10, usedMemory: 2_000_000 },
      { pages: 9_000, keys: 0 },
      endless,
    ],
    ['the same keys for ever', { expectedKeys: 10, usedMemory: gib }, { pages: 1_100, keys: 1_000 }, endless],
    ['a database that grows', { expectedKeys: 10, usedMemory: gib }, { pages: 100, keys: 1_000 }, 100_000],
  ])('%s', async (_, size, of, expected) => {
    expect(await scan(size, of)).toBe(expected);
  });
});
