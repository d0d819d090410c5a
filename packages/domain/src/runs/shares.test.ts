import { describe, expect, test } from 'vitest';
import { partOfRate, type ShareState, shareOf, stateOfShares, workplacesOf } from './shares.ts';

const end = (url: string) => ({ url, kind: '', endpointId: null, name: null, hasPassword: false });
const migration = (source: string, target = 'redis://10.0.0.9:6379', machineIds = ['a', 'b', 'c']) => ({
  source: end(source),
  target: end(target),
  machineIds,
});

describe('which machines get an engine', () => {
  test.each([
    ['a cluster', migration('redis+cluster://10.0.0.1:6379'), ['a', 'b', 'c']],
    ['a pool', migration('twemproxy:/etc/nutcracker.yml'), ['a', 'b', 'c']],
    ['what CacheCloud names', migration('cachecloud+http://10.0.0.1:8080?app=1'), ['a', 'b', 'c']],
    ['one server', migration('redis://10.0.0.1:6379'), ['a']],
    ['a sentinel', migration('redis+sentinel://10.0.0.1:26379/main'), ['a']],
    ['files', migration('rdb:/data/1.rdb,/data/2.rdb'), ['a']],
    ['a pool of memcached', migration('memcached://10.0.0.1:1,10.0.0.2:1', 'memcached://10.0.0.3:1'), ['a']],
    ['a cluster that is read by SCAN', migration('redis-scan+cluster://10.0.0.1:6379'), ['a', 'b', 'c']],
    ['one server that is read by SCAN', migration('redis-scan://10.0.0.1:6379'), ['a']],
    ['a cluster that becomes files', migration('redis+cluster://10.0.0.1:6379', 'rdb:/out.rdb'), ['a']],
  ])('%s', (_, given, places) => {
    expect(workplacesOf(given)).toEqual(places);
  });

  test('one machine has no share', () => {
    expect(shareOf(migration('redis+cluster://10.0.0.1:6379', undefined, ['a']), 'a')).toBeUndefined();
    expect(shareOf(migration('redis+cluster://10.0.0.1:6379'), 'b')).toEqual({ number: 2, of: 3 });
  });
});

const run = (state: ShareState) => {
  const isEnded = state === 'completed' || state === 'stopped' || state === 'failed';
  return {
    phase: state === 'queued' ? 'queued' : isEnded ? 'ended' : 'launched',
    outcome: isEnded ? state : null,
    isLost: state === 'lost',
    reported: isEnded || state === 'queued' || state === 'lost' ? null : state,
  } as const;
};

describe('where all shares together are', () => {
  test.each<[ShareState[], ReturnType<typeof stateOfShares>]>([
    [['incremental_sync', 'incremental_sync'], 'incremental_sync'],
    [['incremental_sync', 'full_sync'], 'full_sync'],
    [['incremental_sync', 'queued'], 'starting'],
    [['incremental_sync', 'failed'], 'starting'],
    [['incremental_sync', 'stopped'], 'starting'],
    [['incremental_sync', 'completed'], 'incremental_sync'],
    [['paused', 'incremental_sync'], 'incremental_sync'],
    [['paused', 'paused'], 'paused'],
    [['paused', 'full_sync'], 'full_sync'],
    [['completed', 'completed'], null],
  ])('%j: %s', (states, expected) => {
    expect(stateOfShares(states.map(run))).toBe(expected);
  });
});

describe('a limit for all engines together', () => {
  test.each([
    [1000, 3, [334, 333, 333]],
    [10, 1, [10]],
    [0, 4, [0, 0, 0, 0]],
    [2, 3, [1, 1, 1]],
  ])('%i over %i', (total, count, parts) => {
    expect(Array.from({ length: count }, (_, at) => partOfRate(total, at, count))).toEqual(parts);
  });
});
