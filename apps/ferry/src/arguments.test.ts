import { describe, expect, test } from 'vitest';
import { readArguments, readNumber } from './arguments.ts';

describe('arguments', () => {
  test.each([
    ['0', 0],
    ['20000', 20_000],
    ['64k', 65_536],
    ['10M', 10_485_760],
    ['2g', 2_147_483_648],
    ['5kb', 5_120],
  ])('%s is %d', (text, value) => {
    expect(readNumber('x', 'rate-bytes', text)).toBe(value);
  });

  test.each(['', '-1', '1.5', 'ten', '1t', '99999999999999999999'])('%j is no number', (text) => {
    expect(() => readNumber('x', 'batch', text)).toThrow(expect.objectContaining({ code: 'usage.invalid' }));
  });

  test('what is wrong is told, and a password in it is not', () => {
    const wrong = () =>
      readArguments('status', ['redis://:canary@h', '--fast=redis://:canary@h'], { state: { type: 'string' } });
    expect(wrong).toThrow(
      expect.objectContaining({ code: 'usage.invalid', message: expect.not.stringContaining('canary') }),
    );
  });

  test('a value that begins with a dash is asked for in the form that can hold it', () => {
    const wrong = () => readArguments('migrate', ['--rate-keys', '-4'], { 'rate-keys': { type: 'string' } });
    const facts = { problem: 'a value of --rate-keys that begins with - is written as --rate-keys=-…' };
    expect(wrong).toThrow(expect.objectContaining({ code: 'usage.invalid', facts: expect.objectContaining(facts) }));
  });
});
