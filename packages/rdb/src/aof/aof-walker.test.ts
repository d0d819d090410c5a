import { FerryError } from '@cacheferry/kernel';
import { describe, expect, test } from 'vitest';
import { AofWalker } from './aof-walker.ts';

const whole = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nvv\r\n';
const first = '*1\r\n$4\r\nPING\r\n';

function walk(text: string): unknown {
  const commands: string[] = [];
  const walker = new AofWalker({ command: (argv) => commands.push(argv.join(' ')) }, 'one.aof');
  const file = Buffer.from(first + text, 'latin1');
  try {
    const at = walker.walk(file, 0, file.length);
    return { commands, ...walker.finish(file.length - at) };
  } catch (error) {
    return error instanceof FerryError ? { code: error.code, offset: error.facts.offset } : error;
  }
}

const damage = { code: 'aof.corrupt', offset: first.length };

describe('a command of an AOF', () => {
  test('is read', () => {
    expect(walk(whole)).toMatchObject({ commands: ['PING', 'SET k vv'], droppedBytes: 0 });
  });

  const lineEnds = [...whole.matchAll(/[\r\n]/g)].map(({ index }) => index);
  test.each(lineEnds)('whose line end is damaged at byte %i is none', (at) => {
    expect(walk(`${whole.slice(0, at)}\x8a${whole.slice(at + 1)}`)).toEqual(damage);
  });

  test.each([
    ['without arguments', '*0\r\n'],
    ['without a number', '*\r\n'],
    ['with a length below 0', '*1\r\n$-1\r\n'],
    ['with a length beyond 2^63', '*1\r\n$9999999999999999999\r\n'],
    ['of another type', '+OK\r\n'],
    ['shorter than it says', '*1\r\n$3\r\nPING\r\n'],
    ['with another mark', '*1\r\n:4\r\nPING\r\n'],
  ])('%s is none', (_, text) => {
    expect(walk(text)).toEqual(damage);
  });

  test.each(Array.from({ length: whole.length - 1 }, (_, at) => at + 1))('that is cut at byte %i is left out', (at) => {
    expect(walk(whole.slice(0, at))).toEqual({ commands: ['PING'], validBytes: first.length, droppedBytes: at });
  });
});
