import { describe, expect, test } from 'vitest';
import { fullSyncShare, shardShare } from './progress-of.ts';

const shard = (over: object = {}) => ({
  id: '0',
  source: 'a:1',
  phase: 'full_sync' as const,
  bytesTotal: null,
  bytesDone: 0,
  keysTotal: null,
  keysDone: 0,
  offset: null,
  sourceOffset: null,
  lagBytes: null,
  lagMs: null,
  ...over,
});
const snapshot = (over: object = {}) =>
  ({ state: 'full_sync', shards: [shard()], keysDone: 0, keysTotal: null, ...over }) as never;

describe('share of the full sync', () => {
  test('all keys counted is not done until the engine says so', () =>
    expect(fullSyncShare({ state: 'full_sync', snapshot: snapshot({ keysDone: 10, keysTotal: 10 }) })).toBe(0.999));
  test('a shard that catches up has all its keys', () => {
    const shards = [shard({ phase: 'catching_up' }), shard({ phase: 'incremental_sync' })];
    expect(fullSyncShare({ state: 'full_sync', snapshot: snapshot({ shards, keysDone: 1, keysTotal: 10 }) })).toBe(1);
  });
  test('live sync comes after the full sync', () =>
    expect(fullSyncShare({ state: 'incremental_sync', snapshot: null })).toBe(1));
  test('without any total it is unknown', () =>
    expect(fullSyncShare({ state: 'full_sync', snapshot: snapshot() })).toBeNull());
  test('bytes stand in where keys are not known', () => {
    const shards = [shard({ bytesTotal: 10, bytesDone: 5 }), shard({ bytesTotal: 10, bytesDone: 10 })];
    expect(fullSyncShare({ state: 'full_sync', snapshot: snapshot({ shards }) })).toBe(0.75);
  });
  test('a paused migration keeps its share', () =>
    expect(fullSyncShare({ state: 'paused', snapshot: snapshot({ keysDone: 1, keysTotal: 4 }) })).toBe(0.25));
  test('a migration that was paused in its live sync has it all', () => {
    const whole = { phase: 'paused', keysTotal: 10, keysDone: 10, bytesTotal: 90, bytesDone: 90 };
    const share = (more: object) =>
      fullSyncShare({
        state: 'paused',
        snapshot: snapshot({ shards: [shard({ ...whole, ...more })], keysTotal: 10, keysDone: 10 }),
      });
    expect([share({}), share({ bytesDone: 89 }), share({ bytesTotal: null })]).toEqual([1, 0.999, 0.999]);
  });
  test('an empty shard has no share of its own', () => expect(shardShare(shard({ keysTotal: 0 }))).toBeNull());
});
