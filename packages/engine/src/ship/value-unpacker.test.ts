import { describe, expect, test } from 'vitest';
import type { RestoreValue } from '../write/restore-command.ts';
import { ValueUnpacker } from './value-unpacker.ts';

const at = 4096;
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function unpacked(type: number, body: string): { value: RestoreValue; before: RestoreValue } {
  const buffer = Buffer.concat([Buffer.from('key'), hex(body)]);
  const value: RestoreValue = { type, buffer, start: 3, end: buffer.length, arenaAt: 3 };
  const before = { ...value };
  new ValueUnpacker({ bytes: Buffer.alloc(32), at }).unpack(value);
  return { value, before };
}

describe('a packed value that is to be sent', () => {
  test.each([
    ['a hash in a listpack', 16, 'c3 05 0a 00 61 e0 00 00', 'a'.repeat(10)],
    ['a sorted set in a listpack', 17, 'c3 04 03 02 616263', 'abc'],
    ['a set in a listpack, its sizes in two bytes', 20, 'c3 4004 4003 02 616263', 'abc'],
    ['an intset, its sizes in five bytes', 11, 'c3 80 00000004 80 00000003 02 616263', 'abc'],
  ])('is unpacked: %s', (_, type, body, text) => {
    const { value } = unpacked(type, body);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    const expected = Buffer.concat([Buffer.from([0x80]), length, Buffer.from(text)]);
    expect(value.buffer.subarray(value.start, value.end)).toEqual(expected);
    expect(value).toMatchObject({ type, arenaAt: at });
  });

  test.each([
    ['one that is not packed', 16, '03 616263'],
    ['a string', 0, 'c3 04 03 02 616263'],
    ['a list of several nodes', 18, 'c3 04 03 02 616263'],
    ['one that packing made smaller than half', 16, 'c3 05 0b 00 61 e0 01 00'],
    ['one that is larger than the room', 16, `c3 1f 1e 1d ${'61'.repeat(30)}`],
    ['one that gives fewer bytes than it says', 16, 'c3 04 05 02 616263'],
    ['one that points before its beginning', 16, 'c3 02 03 20 05'],
    ['one with bytes behind it', 16, 'c3 04 03 02 616263 00'],
    ['one whose size no value has', 16, 'c3 04 81 ffffffffffffffff 02 616263'],
  ])('is left as it is: %s', (_, type, body) => {
    const { value, before } = unpacked(type, body);
    expect(value).toEqual(before);
  });
});
