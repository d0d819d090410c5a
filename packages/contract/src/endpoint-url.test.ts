import { FerryError } from '@cacheferry/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatEndpointUrl, splitSecrets, withSecrets } from './endpoint-format.ts';
import { parseEndpointUrl } from './endpoint-url.ts';

describe('an endpoint URL', () => {
  test.each([
    [
      'redis://10.0.0.5',
      { kind: 'standalone', host: '10.0.0.5', port: 6379, db: 0, user: null, password: null, tls: null, scan: false },
    ],
    ['redis://:p%40ss@h:7000/3', { host: 'h', port: 7000, db: 3, user: null, password: 'p@ss' }],
    ['redis://ann:a@b:c@h:1', { host: 'h', user: 'ann', password: 'a@b:c' }],
    [
      'rediss://[::1]:6380?ca=/etc/ca.pem',
      { host: '::1', port: 6380, tls: { ca: '/etc/ca.pem', cert: null, key: null } },
    ],
    ['redis-scan://h:1', { kind: 'standalone', scan: true }],
    [
      'redis+unix:///run/redis/redis.sock?db=3',
      { kind: 'standalone', host: '/run/redis/redis.sock', port: 0, db: 3, user: null, password: null, tls: null },
    ],
    ['unix:///tmp/a%20b@/c.sock', { host: '/tmp/a b@/c.sock', db: 0, scan: false }],
    ['redis+unix://ann:a%2Fb@/r.sock', { host: '/r.sock', user: 'ann', password: 'a/b' }],
    ['unix:///r.sock?db=1&password=p', { host: '/r.sock', db: 1, password: 'p' }],
    ['redis-scan+unix:///r.sock', { host: '/r.sock', scan: true }],
    [
      'redis+sentinel://u:p@a:26379,b/mymaster?sentinelPassword=s',
      {
        kind: 'sentinel',
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26379 },
        ],
        masterName: 'mymaster',
        sentinelPassword: 's',
      },
    ],
    [
      'redis+cluster://a:7001,b:7002',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7001 },
          { host: 'b', port: 7002 },
        ],
      },
    ],
    [
      'redis+cluster://a?addressMap=10.0.0.1:7000=b:17000,in.example=[::1]',
      {
        kind: 'cluster',
        addressMap: [
          { announced: { host: '10.0.0.1', port: 7000 }, reached: { host: 'b', port: 17_000 }, hasPorts: true },
          { announced: { host: 'in.example', port: 1 }, reached: { host: '::1', port: 1 }, hasPorts: false },
        ],
      },
    ],
    ['rediss+cluster://a?ca=/etc/ca.pem', { kind: 'cluster', tls: { ca: '/etc/ca.pem', cert: null, key: null } }],
    [
      'twemproxy:/etc/nutcracker.yml?pool=alpha',
      { kind: 'twemproxy', path: '/etc/nutcracker.yml', pool: 'alpha', password: null },
    ],
    [
      'cachecloud+http://cc:8080?app=10000&token=t',
      { kind: 'cachecloud', baseUrl: 'http://cc:8080', app: '10000', token: 't', password: null },
    ],
    ['rdb:/a.rdb,/b.rdb.gz', { kind: 'rdb', paths: ['/a.rdb', '/b.rdb.gz'] }],
    ['rdb:/a.rdb,/b.rdb?version=redis-6.0', { kind: 'rdb', paths: ['/a.rdb', '/b.rdb'], version: 'redis-6.0' }],
    ['rdb:/a.rdb?version=7.0.15', { kind: 'rdb', paths: ['/a.rdb'], version: 'redis-7.0' }],
    ['rdb:/a?b.rdb', { kind: 'rdb', paths: ['/a?b.rdb'] }],
    ['aof:/data/appendonlydir', { kind: 'aof', path: '/data/appendonlydir' }],
    [
      'memcached://a,b:11212?hash=md5',
      {
        kind: 'memcached',
        servers: [
          { host: 'a', port: 11211 },
          { host: 'b', port: 11212 },
        ],
        hash: 'md5',
      },
    ],
    ['memcached-dump:/tmp/dump.txt', { kind: 'memcached-dump', path: '/tmp/dump.txt' }],
  ])('%s', (url, expected) => {
    expect(parseEndpointUrl(url)).toMatchObject(expected);
  });

  test.each([
    ['no host', 'redis://'],
    ['an empty host', 'redis://:6379'],
    ['port 0', 'redis://h:0'],
    ['port 70000', 'redis://h:70000'],
    ['a port that is no number', 'redis://h:x'],
    ['two hosts for a standalone', 'redis://a,b'],
    ['a database that is no number', 'redis://h/x'],
    ['a line break', 'redis://h\r\nFLUSHALL'],
    ['another scheme', 'javascript:alert(1)'],
    ['a file URL', 'file:///etc/passwd'],
    ['a sentinel without a name', 'redis+sentinel://h'],
    ['a socket without a path', 'redis+unix://'],
    ['a socket whose path is relative', 'redis+unix://run/redis.sock'],
    ['a folder for a socket', 'redis+unix:///run/'],
    ['a socket whose path has no room', `unix:///${'a'.repeat(107)}`],
    ['a database of a socket that is no number', 'unix:///r.sock?db=x'],
    ['a cluster with a database', 'redis+cluster://h/1'],
    ['a map of addresses without another end', 'redis+cluster://h?addressMap=10.0.0.1:7000'],
    ['a map of an address with a port to one without', 'redis+cluster://h?addressMap=10.0.0.1:7000=b'],
    ['an empty path', 'rdb:'],
    ['a file for a server that is not known', 'rdb:/a.rdb?version=redis-1.0'],
    ['a path that is only a version', 'rdb:?version=redis-6.0'],
    ['a bad escape', 'redis://:%zz@h'],
    ['a CacheCloud without an application', 'cachecloud+http://h'],
    ['nothing', ''],
  ])('%s is refused with a code and no secret', (_, url) => {
    expect(() => parseEndpointUrl(url)).toThrow(FerryError);
    expect(() => parseEndpointUrl(url.replace('redis://', 'redis://u:hunter2@'))).not.toThrow(/hunter2/);
  });
});

test('a password of any text survives being written into a URL and read back', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (password) => {
      const url = `redis://user:${encodeURIComponent(password)}@host:6379/2`;
      return (parseEndpointUrl(url) as { password: string }).password === password;
    }),
  );
});

test.each([
  'redis://ann@h:7000/3',
  'rediss://h:6380?ca=%2Fca.pem',
  'redis+sentinel://a:26379,b:26379/my%2Fmaster',
  'redis+sentinel://ann@a:26379/m?sentinelUser=watch',
  'redis+unix:///run/a%20b/r%3F.sock?db=2',
  'redis-scan+unix://ann@/r.sock',
  'redis+cluster://ann@[::1]:7001,b:7002',
  'rediss+cluster://b:7002?ca=%2Fca.pem&addressMap=10.0.0.1%3A1%3Db%3A2%2Ca%3D%5B%3A%3A1%5D',
  'memcached://a:11211?hash=md5',
  'rdb:/a.rdb,/b.rdb',
  'rdb:/a.rdb?version=valkey-8.1',
])('%s is written as it was read', (url) => {
  expect(formatEndpointUrl(parseEndpointUrl(url))).toBe(url);
});

test('secrets are taken out and put back', () => {
  const whole = parseEndpointUrl('redis+sentinel://u:pw@a:1/m?sentinelPassword=spw');
  const { endpoint, secrets } = splitSecrets(whole);
  expect(secrets).toEqual({ password: 'pw', sentinelPassword: 'spw' });
  expect(JSON.stringify(endpoint)).not.toMatch(/pw/);
  expect(withSecrets(endpoint, secrets)).toEqual(whole);
  expect(formatEndpointUrl(whole)).not.toMatch(/pw/);
});
