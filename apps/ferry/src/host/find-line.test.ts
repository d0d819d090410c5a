import fs from 'node:fs';
import path from 'node:path';
import { createRandom, removeDir, tempDir } from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { findLineAfter, seqOf } from './find-line.ts';

const dir = tempDir('lines');
afterAll(() => removeDir(dir));

function fileOf(text: string): number {
  const name = path.join(dir, 'events.jsonl');
  fs.writeFileSync(name, text);
  return fs.openSync(name, 'r');
}
const line = (seq: number, size: number) => `{"seq":${seq},"at":"x","type":"log","msg":"${'m'.repeat(size)}"}\n`;

describe.each([
  ['no line', 0, ''],
  ['one line', 1, ''],
  ['some lines', 9, ''],
  ['lines and a torn one', 9, '{"seq":10,"at":'],
  ['many lines', 3000, ''],
])('a file with %s', (_, count, torn) => {
  const random = createRandom(count);
  const lines = Array.from({ length: count }, (__, index) => line(index + 1, random.below(300)));
  const starts = lines.map((___, index) => lines.slice(0, index).join('').length);
  const end = lines.join('').length;

  test('every line is found by the number before it', () => {
    const file = fileOf(lines.join('') + torn);
    for (let after = 0; after <= count; after += 1 + Math.floor(count / 97))
      expect(findLineAfter(file, after)).toBe(starts[after] ?? end);
    expect(findLineAfter(file, count)).toBe(end);
    expect(findLineAfter(file, count + 1000)).toBe(end);
    fs.closeSync(file);
  });
});

test('lines of 64 KiB are found too', () => {
  const lines = Array.from({ length: 40 }, (_, index) => line(index + 1, index % 3 === 0 ? 65_400 : 10));
  const file = fileOf(lines.join(''));
  for (let after = 0; after < 40; after++)
    expect(findLineAfter(file, after)).toBe(lines.slice(0, after).join('').length);
  fs.closeSync(file);
});

test.each([
  ['{"seq":17,"at"', 17],
  ['{"seq":1}', 1],
  ['{"at":"x","seq":17}', null],
  ['', null],
])('the number of %s is %s', (text, seq) => {
  expect(seqOf(Buffer.from(text))).toBe(seq);
});
