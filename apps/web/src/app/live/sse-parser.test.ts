import { describe, expect, test } from 'vitest';
import { createSseParser, type SseFrame } from './sse-parser.ts';

const cases: [string, string, SseFrame[]][] = [
  ['one frame', 'id: 7\nevent: log\ndata: {"a":1}\n\n', [{ id: '7', event: 'log', data: '{"a":1}' }]],
  ['a frame without a name is a message', 'data: x\n\n', [{ id: null, event: 'message', data: 'x' }]],
  ['lines of data are joined', 'data: a\ndata: b\n\n', [{ id: null, event: 'message', data: 'a\nb' }]],
  ['comments and retry make no frame', ': beat\n\nretry: 500\n\n', []],
  ['a carriage return ends a line too', 'data: a\r\rdata: b\r\n\r\n', [msg('a'), msg('b')]],
  ['only the first space after the colon is taken', 'data:  a\n\n', [msg(' a')]],
  ['a byte order mark is not data', '\ufeffdata: a\n\n', [msg('a')]],
  ['an unfinished frame waits', 'data: a\n', []],
  ['a field without a colon has no value', 'data\n\n', [msg('')]],
];

function msg(data: string): SseFrame {
  return { id: null, event: 'message', data };
}

function readAll(parts: string[]): SseFrame[] {
  const parse = createSseParser();
  return parts.flatMap((part) => parse(part));
}

describe('event stream', () => {
  test.each(cases)('%s', (_, text, frames) => {
    expect(readAll([text])).toEqual(frames);
    expect(readAll([...text]), 'character by character').toEqual(frames);
  });

  test('cut anywhere, once or twice, it gives the same frames', () => {
    const text = cases.map((row) => row[1].replace('\ufeff', '')).join('\n\n');
    const whole = JSON.stringify(readAll([text]));
    for (let a = 0; a <= text.length; a++)
      for (let b = a; b <= text.length; b++) {
        const frames = readAll([text.slice(0, a), text.slice(a, b), text.slice(b)]);
        if (JSON.stringify(frames) !== whole) expect.fail(`cut at ${a} and ${b}: ${JSON.stringify(frames)}`);
      }
  });
});
