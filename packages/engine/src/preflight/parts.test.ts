import { describe, expect, test } from 'vitest';
import { databaseMap } from '../rules/database-map.ts';
import { Info } from './info.ts';
import { aclCommand } from './permissions.ts';
import { productOf, rdbVersionOf, versionNumber } from './product.ts';
import { checkOfStage, stageOf } from './stage.ts';
import { configSize, formatBytes, formatMs, gib, mib } from './units.ts';

describe('INFO', () => {
  const info = new Info(
    '# Server\r\nredis_version:7.0.15\r\nempty:\r\nn:12\r\n# Keyspace\r\ndb0:keys=5,expires=1,avg_ttl=0,subexpiry=2\r\ndb9:keys=7,expires=0\r\n',
  );

  test('gives texts, numbers and databases', () => {
    expect(info.text('redis_version')).toBe('7.0.15');
    expect([info.number('n'), info.number('empty'), info.number('none'), info.number('redis_version')]).toEqual([
      12,
      null,
      null,
      null,
    ]);
    expect([...info.databases().keys()]).toEqual([0, 9]);
    expect(info.databases().get(0)?.subexpiry).toBe(2);
    expect(info.keys).toBe(12);
  });

  test.each(['', 'nonsense', ':x', 'db0:keys=abc'])('of %j holds nothing that is wrong', (text) => {
    const odd = new Info(text);
    expect(odd.text('redis_version')).toBeNull();
    expect(productOf(odd)).toBeNull();
  });
});

test.each([
  ['2.4.18', 2],
  ['2.8.0', 6],
  ['3.2.1', 7],
  ['4.0.14', 8],
  ['6.2.14', 9],
  ['7.0.15', 10],
  ['7.2.4', 11],
  ['8.0.2', 12],
  ['8.6.0', 13],
])('Redis %s writes RDB version %i', (version, rdb) => {
  const product = productOf(new Info(`redis_version:${version}`));
  expect(product && rdbVersionOf(product)).toBe(rdb);
});

test.each([
  ['8.1.1', 11],
  ['9.0.0', 80],
  ['9.2.0', 81],
])('Valkey %s writes RDB version %i', (version, rdb) => {
  const product = productOf(new Info(`redis_version:7.2.4\r\nvalkey_version:${version}`));
  expect(product && rdbVersionOf(product)).toBe(rdb);
});

test.each([
  ['7.0.15', 70_015],
  ['8.0', 80_000],
  ['6.2.0-rc1', 60_200],
  ['', 0],
  ['x.y', 0],
])('version %j counts as %i', (text, number) => {
  expect(versionNumber(text)).toBe(number);
});

test.each([
  [0, '0 bytes'],
  [1_023, '1023 bytes'],
  [1_536, '1.5 KiB'],
  [512 * mib, '512 MiB'],
  [1.5 * gib, '1.5 GiB'],
  [2 ** 60, '1024 PiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [250, '250 ms'],
  [12_000, '12 s'],
  [1_500_000, '25 min'],
  [10_800_000, '3 h'],
])('%i ms are %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});

test.each([
  [1, '1mb'],
  [5 * mib, '8mb'],
  [gib, '1gb'],
  [3 * gib, '4gb'],
])('a setting for %i bytes is %s', (bytes, text) => {
  expect(configSize(bytes)).toBe(text);
});

test.each([
  [[], 3, 3],
  [['0:5'], 0, 5],
  [['0:5', '*:1'], 7, 1],
  [['*:0', '2:9'], 2, 9],
])('databases by %j: %i becomes %i', (rules, from, to) => {
  expect(databaseMap(rules)(from)).toBe(to);
});

test('a connection that stopped is reported by the check of its stage', () => {
  expect(checkOfStage('source', stageOf('endpoint.auth_failed'))).toBe('source.auth');
  expect(checkOfStage('target', stageOf('dns.failed'))).toBe('net.target');
  expect(checkOfStage('target', stageOf('endpoint.tls'))).toBe('net.tls');
  expect(checkOfStage('source', stageOf('endpoint.protocol'))).toBe('source.version');
  expect(checkOfStage('source', stageOf('endpoint.loading'))).toBe('source.persistence');
  expect(checkOfStage('target', stageOf('endpoint.too_many_clients'))).toBe('target.role');
});

test('the line that allows commands names user, keys and commands', () => {
  expect(aclCommand('app', ['psync', 'config|get'], false)).toBe('ACL SETUSER app +psync +config|get');
  expect(aclCommand('app', [], true)).toBe('ACL SETUSER app ~*');
});
