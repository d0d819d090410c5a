import { describe, expect, test } from 'vitest';
import { checkPair, splitAddress } from './read-end.ts';

describe('an address', () => {
  test.each([
    ['a password within', { url: 'redis://app:pw@h:1/3' }, 'redis://app@h:1/3', { password: 'pw' }],
    ['a password beside', { url: 'redis://app:old@h:1', password: 'pw' }, 'redis://app@h:1', { password: 'pw' }],
    [
      'two passwords',
      { url: 'redis+sentinel://:d@s:1/m', sentinelPassword: 's' },
      'redis+sentinel://s:1/m',
      { password: 'd', sentinelPassword: 's' },
    ],
    ['a token', { url: 'cachecloud+http://c:80?app=7&token=t' }, 'cachecloud+http://c:80?app=7', { token: 't' }],
    ['none', { url: 'rdb:/dump.rdb' }, 'rdb:/dump.rdb', {}],
    ['an empty one', { url: 'redis://h:1', password: '' }, 'redis://h:1', {}],
    ['one that has no place', { url: 'rdb:/dump.rdb', password: 'pw' }, 'rdb:/dump.rdb', {}],
  ])('with %s is split', (_, given, url, secrets) => {
    expect(splitAddress(given)).toMatchObject({ url, secrets, hasPassword: Object.keys(secrets).length > 0 });
  });

  test('that is none is refused without being repeated', () => {
    expect(() => splitAddress({ url: 'ftp://user:hunter2@h' })).toThrow(
      expect.objectContaining({ code: 'endpoint.invalid', message: expect.not.stringContaining('hunter2') }),
    );
  });
});

describe('a pair', () => {
  test.each([
    ['redis://a:1', 'redis+cluster://b:1'],
    ['aof:/a.aof', 'redis://b:1'],
    ['redis-scan://a:1', 'rdb:/b.rdb'],
    ['memcached://a:1', 'memcached://b:1'],
    ['memcached-dump:/a', 'redis://b:1'],
  ])('%s to %s is allowed', (source, target) => {
    expect(() => checkPair(source, target)).not.toThrow();
  });

  test.each([
    ['redis://a:1', 'memcached://b:1', 'endpoint.family_mismatch'],
    ['rdb:/a.rdb', 'memcached-dump:/b', 'endpoint.family_mismatch'],
    ['redis://a:1', 'aof:/b.aof', 'endpoint.unsupported'],
    ['redis://a:1', 'redis-scan://b:1', 'endpoint.unsupported'],
  ])('%s to %s is refused', (source, target, code) => {
    expect(() => checkPair(source, target)).toThrow(expect.objectContaining({ code }));
  });
});
