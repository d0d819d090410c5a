import { describe, expect, test } from 'vitest';
import { readPools, withoutPasswords } from './read-pools.ts';

const poolOf = (lines: string) => {
  const pool = readPools(`p:\n  listen: 127.0.0.1:22121\n  redis: true\n${lines}`, 'n.yml').get('p');
  if (!pool || pool === 'memcached') throw new Error('no pool of Redis servers');
  return pool;
};
const servers = (...lines: string[]) => `  servers:\n${lines.map((line) => `    - ${line}\n`).join('')}`;

test('a pool has what its file says, and the defaults of twemproxy for the rest', () => {
  expect(poolOf(servers('10.0.0.1:6379:1'))).toEqual({
    name: 'p',
    hash: 'fnv1a_64',
    distribution: 'ketama',
    hashTag: null,
    ejectsHosts: false,
    password: null,
    db: 0,
    servers: [{ name: '10.0.0.1:6379', host: '10.0.0.1', port: 6379, weight: 1 }],
  });
  const settings = '  hash: md5\n  hash_tag: "{}"\n  distribution: modula\n  redis_auth: 0123\n  redis_db: 4\n';
  expect(poolOf(`${settings}  auto_eject_hosts: true\n${servers('h:1:1')}`)).toMatchObject({
    hash: 'md5',
    hashTag: [0x7b, 0x7d],
    distribution: 'modula',
    password: '0123',
    db: 4,
    ejectsHosts: true,
  });
});

test('servers are counted by name, shorter names first; port 11211 is left out of a name', () => {
  const pool = poolOf(servers('h2:6379:2 zed', 'h1:6379:1', 'cache:11211:3', 'h3:6379:1 abc', '::1:6380:1'));
  expect(pool.servers.map(({ name, host, port, weight }) => [name, host, port, weight])).toEqual([
    ['abc', 'h3', 6379, 1],
    ['zed', 'h2', 6379, 2],
    ['cache', 'cache', 11211, 3],
    ['h1:6379', 'h1', 6379, 1],
    ['::1:6380', '::1', 6380, 1],
  ]);
});

test('servers at unix sockets have their path as host; one without a name is known by path and colon', () => {
  const pool = poolOf(servers('/run/b 1.sock:2 beta', '/run/a.sock:1', 'h:6379:1 c'));
  expect(pool.servers).toEqual([
    { name: 'c', host: 'h', port: 6379, weight: 1 },
    { name: 'beta', host: '/run/b 1.sock', port: 0, weight: 2 },
    { name: '/run/a.sock:', host: '/run/a.sock', port: 0, weight: 1 },
  ]);
});

test('a pool of memcached servers is told apart', () => {
  const text = `m:\n  listen: 127.0.0.1:1\n${servers('h:1:1')}`;
  expect(readPools(text, 'n.yml').get('m')).toBe('memcached');
});

test('without its passwords a file says the same of its pools', () => {
  const settings = '  hash: md5\n  hash_tag: "{}"\n  distribution: modula\n  redis_db: 4\n';
  const tail = servers('10.0.0.1:6379:1', '"h:1:1 zed"');
  const text = `p: # old password: s3cret\n  redis: true\n  redis_auth: s3cret\n${settings}${tail}m:\n${tail}`;
  const bare = withoutPasswords(text, 'n.yml');
  expect(bare).not.toContain('s3cret');
  const pools = readPools(text, 'n.yml');
  expect(pools.get('p')).toMatchObject({ password: 's3cret' });
  expect(readPools(bare, 'n.yml')).toEqual(new Map(pools).set('p', { ...poolOf(settings + tail), password: null }));
});

describe('is refused:', () => {
  test.each([
    ['text that is no YAML', 'p: [', 'twemproxy.invalid'],
    ['an empty file', '', 'twemproxy.invalid'],
    ['a list', '- a', 'twemproxy.invalid'],
    ['a pool without settings', 'p: x', 'twemproxy.invalid'],
    ['a pool without servers', 'p:\n  redis: true\n', 'twemproxy.invalid'],
    ['an alias', 'p: &a\n  servers: [h:1:1]\nq: *a\n', 'twemproxy.invalid'],
    ['an unknown hash', 'p:\n  hash: sha1\n  servers: [h:1:1]\n', 'twemproxy.unknown_hash'],
    ['a hash named like a property of objects', 'p:\n  hash: toString\n  servers: [h:1:1]\n', 'twemproxy.unknown_hash'],
    ['an unknown distribution', 'p:\n  distribution: ring\n  servers: [h:1:1]\n', 'twemproxy.invalid'],
    ['an unknown setting', 'p:\n  hsah: md5\n  servers: [h:1:1]\n', 'twemproxy.invalid'],
    ['a setting twice', 'p:\n  hash: md5\n  hash: crc16\n  servers: [h:1:1]\n', 'twemproxy.invalid'],
    ['a tag of one character', 'p:\n  hash_tag: "{"\n  servers: [h:1:1]\n', 'twemproxy.invalid'],
    ['a redis that is yes', 'p:\n  redis: yes\n  servers: [h:1:1]\n', 'twemproxy.invalid'],
    ['a server without a weight', 'p:\n  servers: [h:1]\n', 'twemproxy.invalid'],
    ['a weight of 0', 'p:\n  servers: ["h:1:0"]\n', 'twemproxy.invalid'],
    ['a port of 0', 'p:\n  servers: ["h:0:1"]\n', 'twemproxy.invalid'],
    ['a unix socket without a weight', 'p:\n  servers: ["/tmp/r.sock"]\n', 'twemproxy.invalid'],
    ['a unix socket with a port', 'p:\n  servers: ["/tmp/r.sock:6379:1"]\n', 'twemproxy.invalid'],
    ['a blank in a path, and no name', 'p:\n  servers: ["/tmp/r 1.sock:1"]\n', 'twemproxy.invalid'],
    ['a path that no socket can have', `p:\n  servers: ["/${'r'.repeat(107)}:1 a"]\n`, 'twemproxy.invalid'],
    ['two servers of one name', 'p:\n  servers: ["h:1:1 a", "h:2:1 a"]\n', 'twemproxy.invalid'],
    ['a name that ketama cuts', `p:\n  servers: ["h:1:1 ${'n'.repeat(79)}"]\n`, 'twemproxy.invalid'],
  ])('%s', (_, text, code) => {
    expect(() => readPools(text, 'n.yml')).toThrow(expect.objectContaining({ code }));
  });
});
