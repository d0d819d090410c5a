import { describe, expect, test } from 'vitest';
import { type Address, emptyAddress, ofKind } from './address.ts';
import { addressFaults } from './address-faults.ts';
import { addressFromUrl, secretNames, typedSecrets, urlOf } from './address-url.ts';

const server = { ...emptyAddress, host: '10.0.0.5' };
const sentinel: Address = { ...emptyAddress, kind: 'sentinel', hosts: '10.0.0.5\n10.0.0.6:26380', masterName: 'main' };
const cluster: Address = { ...emptyAddress, kind: 'cluster', hosts: 'a:1' };
const rdb: Address = { ...emptyAddress, kind: 'rdb', paths: '/a.rdb\n/b.rdb.gz ' };
const pool: Address = { ...emptyAddress, kind: 'twemproxy', paths: '/etc/nutcracker.yml', pool: 'main' };
const uploaded = 'upload:01900000-0000-7000-8000-000000000001/nutcracker.yml';
const application: Address = { ...emptyAddress, kind: 'cachecloud', baseUrl: ' https://c.example/cc/ ', app: '10001' };
const aof: Address = { ...emptyAddress, kind: 'aof', paths: '/data/appendonlydir' };

describe('fields become an address', () => {
  test.each([
    ['host and port', server, 'redis://10.0.0.5:6379'],
    ['a database and a user', { ...server, db: 3, user: 'ferry' }, 'redis://ferry@10.0.0.5:6379/3'],
    ['IPv6', { ...server, host: '[fe80::1]' }, 'redis://[fe80::1]:6379'],
    ['TLS', { ...server, isTls: true }, 'rediss://10.0.0.5:6379'],
    ['TLS with a CA', { ...server, isTls: true, ca: '/etc/ca.pem' }, 'rediss://10.0.0.5:6379?ca=%2Fetc%2Fca.pem'],
    ['a server that forbids PSYNC', { ...server, scan: true }, 'redis-scan://10.0.0.5:6379'],
    ['sentinels', sentinel, 'redis+sentinel://10.0.0.5:26379,10.0.0.6:26380/main'],
    ['one node of a cluster', cluster, 'redis+cluster://a:1'],
    ['a cluster with TLS, by scan', { ...cluster, isTls: true, scan: true }, 'rediss-scan+cluster://a:1'],
    ['RDB files', rdb, 'rdb:/a.rdb,/b.rdb.gz'],
    ['a pool', pool, 'twemproxy:/etc/nutcracker.yml?pool=main'],
    ['a pool of an uploaded file', { ...pool, paths: uploaded }, `twemproxy:${uploaded}?pool=main`],
    ['an AOF', aof, 'aof:/data/appendonlydir'],
    ['an application of CacheCloud', application, 'cachecloud+https://c.example/cc?app=10001'],
    ['another kind', { ...emptyAddress, kind: 'other' as const, url: 'memcached://a:1' }, 'memcached://a:1'],
    ['nothing', emptyAddress, undefined],
  ])('%s', (_, fields, url) => expect(urlOf(fields)).toBe(url));
});

describe('a URL fills the fields', () => {
  test('and its password is taken out', () => {
    const { address, secrets } = addressFromUrl('rediss://app:s%40crt@cache.example:6380/2?ca=/ca.pem');
    const filled = { host: 'cache.example', port: 6380, db: 2, user: 'app', isTls: true, ca: '/ca.pem' };
    expect(address).toMatchObject({ kind: 'standalone', ...filled });
    expect(secrets.password).toBe('s@crt');
    expect(JSON.stringify(address)).not.toContain('crt');
  });

  test('both passwords of a sentinel are taken out', () => {
    const { address, secrets } = addressFromUrl('redis+sentinel://:data@a:1,b:2/main?sentinelPassword=watch');
    expect(address).toMatchObject({ kind: 'sentinel', hosts: 'a:1\nb:2', masterName: 'main' });
    expect(typedSecrets(address, secrets)).toEqual({ password: 'data', sentinelPassword: 'watch' });
  });

  test.each([
    'rediss://app@cache.example:6380/2?ca=%2Fca.pem&cert=%2Fc.pem&key=%2Fk.pem',
    'redis-scan+sentinel://app@a:1,[::1]:2/main',
    'redis+sentinel://app@a:1/main?sentinelUser=watch',
    'rediss+cluster://a:1,b:2?ca=%2Fca.pem',
    'rdb:/a.rdb,/b.rdb',
    'aof:/data/appendonly.aof',
    'cachecloud+http://c:80?app=7',
    'twemproxy:/etc/nutcracker.yml?pool=alpha',
    'redis+unix://app@/run/redis/redis.sock?db=2',
    'redis-scan+unix:///run/redis.sock',
  ])('%s is written as it was read', (url) => expect(urlOf(addressFromUrl(url).address)).toBe(url));

  test('a server behind a unix socket has a password', () => {
    const { address, secrets } = addressFromUrl('unix://:s3cret@/run/redis.sock');
    expect(address).toMatchObject({ kind: 'other', url: 'redis+unix:///run/redis.sock' });
    expect(typedSecrets(address, secrets)).toEqual({ password: 's3cret' });
  });

  test('an application of CacheCloud has a token beside the password of its servers', () =>
    expect(secretNames(addressFromUrl('cachecloud+http://c:80?app=7').address)).toEqual(['password', 'token']));
});

test('files of one kind are not taken for those of another, and what was typed of a server stays', () => {
  expect(ofKind(pool, 'rdb')).toMatchObject({ kind: 'rdb', paths: '', pool: '' });
  expect(ofKind(rdb, 'standalone')).toEqual({ kind: 'standalone' });
});

test.each([
  ['no host', emptyAddress, ['host missing']],
  ['a host with a space', { ...server, host: 'a b' }, ['host host']],
  ['IPv6 without brackets', { ...server, host: 'fe80::1' }, []],
  ['a port that is none', { ...server, port: 0 }, ['port port']],
  ['a certificate without its key', { ...server, isTls: true, cert: '/c.pem' }, ['key pair']],
  ['sentinels without a master', { ...sentinel, masterName: ' ' }, ['masterName missing']],
  ['a line that is no address', { ...cluster, hosts: 'a:1\nb:x' }, ['hosts hosts b:x']],
  ['no node', { ...cluster, hosts: ' \n' }, ['hosts missing']],
  ['a path that depends on a folder', { ...rdb, paths: 'dump.rdb' }, ['paths path dump.rdb']],
  ['a comma, which separates files', { ...rdb, paths: '/a,b.rdb' }, ['paths comma /a,b.rdb']],
  ['an application of nowhere', { ...application, baseUrl: '', app: '' }, ['baseUrl missing', 'app missing']],
  ['an application without a number', { ...application, baseUrl: 'c:80', app: 'x' }, ['baseUrl baseUrl', 'app app']],
  ['two AOFs', { ...aof, paths: '/a\n/b' }, ['paths onePath']],
])('%s', (_, fields, faults) => {
  const found = addressFaults(fields).map(({ field, reason, line }) => [field, reason, line].filter(Boolean).join(' '));
  expect(found).toEqual(faults);
});
