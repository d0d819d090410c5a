import { describe, expect, test } from 'vitest';
import { LineSplitter, readObject } from './split-lines.ts';

const whole = Buffer.from('{"a":1}\n\nzwölf\n{"b":"x');

describe('lines', () => {
  test.each([
    ['whole', [whole]],
    ['byte by byte', [...whole].map((byte) => Buffer.from([byte]))],
  ])('come out the same %s', (_, chunks) => {
    const splitter = new LineSplitter('host');
    expect(chunks.flatMap((chunk) => splitter.push(chunk))).toEqual(['{"a":1}', 'zwölf']);
  });

  test('of no end are refused, whatever their pieces', () => {
    const splitter = new LineSplitter('host');
    const push = () => {
      for (let part = 0; part < 40; part++) splitter.push(Buffer.alloc(16 << 10, 'x'));
    };
    expect(push).toThrow(expect.objectContaining({ code: 'machine.protocol' }));
  });
});

test.each([['[1]'], ['"text"'], ['null'], ['{"a":'], ['\u001b[2J']])('%j is no object', (line) => {
  expect(() => readObject(line, 'host')).toThrow(expect.objectContaining({ code: 'machine.protocol' }));
});
