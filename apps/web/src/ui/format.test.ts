import { describe, expect, test } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatRate, formatShare, formatUtc } from './format.ts';

describe('bytes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1024, '1.0 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [13_314_398_618, '12.4 GiB'],
    [1024 ** 5, '1.0 PiB'],
    [1024 ** 6, '1,024.0 PiB'],
  ])('%i is %s', (bytes, text) => expect(formatBytes(bytes, 'en')).toBe(text));
});

describe('durations', () => {
  test.each([
    [0, '0 s'],
    [0.2, '1 ms'],
    [640, '640 ms'],
    [8_240, '8.2 s'],
    [9_960, '10 s'],
    [59_600, '1 m'],
    [192_000, '3 m 12 s'],
    [3_599_600, '1 h'],
    [7_500_000, '2 h 5 m'],
    [86_399_000, '1 d'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms, 'en')).toBe(text));
});

test('durations in Chinese have Chinese units', () => {
  expect(formatDuration(192_000, 'zh-CN')).toBe('3 分 12 秒');
  expect(formatDuration(0, 'zh-CN')).toBe('0 秒');
});

describe('shares and rates', () => {
  test('nearly everything is not everything', () => expect(formatShare(0.99999, 'en')).toBe('99.9 %'));
  test('all is all', () => expect(formatShare(1, 'en')).toBe('100 %'));
  test('a slow rate is not nothing', () => expect(formatRate(0.4, 'en')).toBe('0.4/s'));
  test('counts are grouped in both languages', () => {
    expect(formatCount(41_203_118, 'en')).toBe('41,203,118');
    expect(formatCount(41_203_118, 'zh-CN')).toBe('41,203,118');
  });
  test('UTC keeps milliseconds', () => expect(formatUtc(0)).toBe('1970-01-01 00:00:00.000 UTC'));
});
