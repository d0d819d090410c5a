import { describe, expect, test } from 'vitest';
import { readManifest } from './manifest.ts';

const read = (text: string) =>
  readManifest(Buffer.from(text, 'latin1'), 'a.manifest').map((p) => `${p.type} ${p.seq} ${p.name}`);

describe('the manifest of a multi-part AOF', () => {
  test('gives base and increments in the order of loading, history left out', () => {
    const text =
      'file a.2.incr.aof seq 2 type h\n# a comment\nfile a.3.base.rdb seq 3 type b\nfile a.3.incr.aof seq 3 type i\n' +
      'file a.4.incr.aof seq 4 type i startoffset 17\n';
    expect(read(text)).toEqual(['base 3 a.3.base.rdb', 'incr 3 a.3.incr.aof', 'incr 4 a.4.incr.aof']);
  });

  test('reads quoted names with escapes', () => {
    expect(read(String.raw`file "a \xe6\x96\x87 \"b\" \\ \t.aof" seq 1 type i`)).toEqual(['incr 1 a 文 "b" \\ \t.aof']);
    expect(read(`file 'it\\'s.aof' seq 1 type i`)).toEqual(["incr 1 it's.aof"]);
  });

  test.each([
    ['nothing', '', 'names no file'],
    ['only history', 'file a seq 1 type h', 'names no file'],
    ['two bases', 'file a seq 1 type b\nfile b seq 2 type b', 'two base files'],
    ['a sequence that goes back', 'file a seq 2 type i\nfile b seq 1 type i', 'does not rise'],
    ['a path', 'file ../../etc/passwd seq 1 type i', 'a path instead of a name'],
    ['the parent folder', 'file .. seq 1 type i', 'a path instead of a name'],
    ['a word without value', 'file a seq 1 type i more', 'cannot be read'],
    ['an unknown type', 'file a seq 1 type x', 'no known type'],
    ['no sequence', 'file a sequence 1 type i', 'no sequence number'],
    ['an open quote', 'file "a seq 1 type i', 'cannot be read'],
  ])('with %s is refused', (_, text, reason) => {
    expect(() => read(text)).toThrow(reason);
  });
});
