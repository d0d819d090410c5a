import { describe, expect, test } from 'vitest';
import { csvCell, oneLine } from './text-safety.ts';

describe('a line of a log', () => {
  test.each([
    ['a terminal sequence', 'a\u001b]52;c;x\u0007b', 'a\\u001b]52;c;x\\u0007b'],
    ['a forged line', 'a\r\nb', 'a\\u000d\\u000ab'],
    ['a change of direction', 'a\u202eb', 'a\\u202eb'],
    ['ordinary text', 'grüße 你好', 'grüße 你好'],
  ])('shows %s', (_, text, shown) => {
    expect(oneLine(text)).toBe(shown);
  });
});

describe('a cell of a CSV file', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@x', "'@x"],
    ['\tx', "'\tx"],
    ['a,b', '"a,b"'],
    ['a"b', '"a""b"'],
    ['a\nb', '"a\nb"'],
    ['plain', 'plain'],
  ])('of %j is %j', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });

  test('of a number stays one, and nothing is empty', () => {
    expect([csvCell(-3), csvCell(null)]).toEqual(['-3', '']);
  });
});
