import { describe, expect, test } from 'vitest';
import { judgeClocks } from './checks/machine-clock.ts';
import { judgeDisk } from './checks/machine-disk.ts';
import { judgeFiles } from './checks/machine-files.ts';
import { judgeMemory } from './checks/machine-memory.ts';
import { judgeRoundTrip } from './checks/net.ts';
import { judgeExpiry } from './checks/net-tls.ts';
import { judgeDatabases } from './checks/pair-databases.ts';
import { judgeRoom } from './checks/pair-memory.ts';
import { judgeModules } from './checks/pair-modules.ts';
import { judgeVersions } from './checks/pair-version.ts';
import { judgeBacklog } from './checks/source-backlog.ts';
import { judgePersistence } from './checks/source-persistence.ts';
import { judgeReplicaBuffer } from './checks/source-replica-buffer.ts';
import { judgeRole } from './checks/source-role.ts';
import { judgeConnections } from './checks/target-connections.ts';
import { judgeFilled } from './checks/target-empty.ts';
import { judgeVersion } from './checks/version.ts';
import { Info } from './info.ts';
import { productOf } from './product.ts';
import { gib, mib } from './units.ts';

const at = { host: '10.0.0.5', port: 6379 };
const info = (fields: Record<string, string | number>) =>
  new Info(
    Object.entries(fields)
      .map(([name, value]) => `${name}:${value}`)
      .join('\r\n'),
  );
const product = (text: string) => {
  const [name, version = ''] = text.split(' ');
  const found = productOf(
    info(name === 'valkey' ? { redis_version: '7.2.4', valkey_version: version } : { redis_version: version }),
  );
  if (!found) throw new Error('no version');
  return found;
};

test.each([
  [255, 0, 'too_low'],
  [300, 1, 'low'],
  [600, 1, 'enough'],
  [600, 8, 'low'],
  [600, 20, 'too_low'],
])('machine.memory: %i MiB for %i shards is %s', (available, shards, outcome) => {
  expect(judgeMemory(available * mib, shards).outcome).toBe(outcome);
});

test.each([
  ['an empty source', { free: 0.2, data: 0, writes: 0 }, 'too_small'],
  ['an empty source', { free: 0.3, data: 0, writes: 0 }, 'tight'],
  ['an empty source', { free: 0.5, data: 0, writes: 0 }, 'enough'],
  ['10 GiB of data', { free: 11, data: 10, writes: 0 }, 'too_small'],
  ['10 GiB of data', { free: 13, data: 10, writes: 0 }, 'tight'],
  ['10 GiB of data', { free: 20, data: 10, writes: 0 }, 'enough'],
  ['10 GiB of data under 100 MiB/s of writes', { free: 20, data: 10, writes: 100 }, 'too_small'],
])('machine.disk: for %s, %j is %s', (_, { free, data, writes }, outcome) => {
  const volume = { dataBytes: data * gib, writeBytesPerSecond: writes * mib, fullSyncSeconds: 200 };
  expect(judgeDisk(free * gib, volume, '/x').outcome).toBe(outcome);
});

test.each([
  [1_024, 100, 'ok'],
  [64, 100, 'few_files'],
  [null, 100, 'ok'],
])('machine.files: a limit of %s when %i are wanted is %s', (limit, wanted, outcome) => {
  expect(judgeFiles(limit, wanted, '/x').outcome).toBe(outcome);
});

test.each([
  [[], 'unknown', undefined],
  [[120, -130], 'same', undefined],
  [[300, -300], 'skewed', '600 ms'],
  [[-31_000, 0], 'far_apart', '31 s'],
])('machine.clock: servers that are %j ms ahead of this machine are %s', (offsets, outcome, skew) => {
  const readings = [
    { name: 'this machine', offsetMs: 0 },
    ...offsets.map((offsetMs, n) => ({ name: `s${n}`, offsetMs })),
  ];
  const found = judgeClocks(readings);
  expect(found.outcome).toBe(outcome);
  if (skew) expect(found.facts?.skew).toBe(skew);
});

test.each([
  [0.2, 'reached'],
  [50, 'reached'],
  [51, 'slow'],
])('net: an answer after %d ms is %s', (ms, outcome) => {
  expect(judgeRoundTrip(ms).outcome).toBe(outcome);
});

test.each([
  ['2026-03-01', 'valid'],
  ['2026-01-20', 'expires'],
  ['2025-12-01', 'expires'],
])('net.tls: a certificate until %s is, on New Year 2026, %s', (until, outcome) => {
  expect(judgeExpiry(new Date(until), Date.parse('2026-01-01')).outcome).toBe(outcome);
});

describe('versions', () => {
  test.each([
    [{ redis_version: '2.2.0' }, 'source', 'too_old'],
    [{ redis_version: '2.4.18' }, 'source', 'supported'],
    [{ redis_version: '2.4.18' }, 'target', 'too_old'],
    [{ redis_version: '8.0.2' }, 'target', 'supported'],
    [{ redis_version: '8.4.0' }, 'source', 'newer'],
    [{ redis_version: '7.2.4', valkey_version: '8.1.1' }, 'source', 'supported'],
    [{ redis_version: '7.2.4', valkey_version: '9.2.0' }, 'source', 'newer'],
    [{ redis_version: '7.0.0', redis_mode: 'sentinel' }, 'source', 'sentinel'],
    [{ version: '1.0' }, 'source', 'not_compatible'],
  ] as const)('%j as the %s is %s', (fields, role, outcome) => {
    expect(judgeVersion(info(fields), role).outcome).toBe(outcome);
  });

  test.each([
    ['redis 7.0.15', 'redis 7.0.15', {}, 'fits'],
    ['redis 6.2.0', 'redis 8.0.0', {}, 'fits'],
    ['redis 8.0.2', 'redis 7.0.15', {}, 're_encoded'],
    ['redis 7.0.15', 'valkey 8.1.1', {}, 'fits'],
    ['valkey 8.1.1', 'redis 7.0.15', {}, 're_encoded'],
    ['redis 8.0.2', 'valkey 9.0.0', {}, 're_encoded'],
    ['valkey 9.0.0', 'redis 8.0.2', { hashes: 3 }, 're_encoded'],
    ['redis 8.0.2', 'valkey 8.1.1', { hashes: 3 }, 'field_ttl'],
    ['redis 5.0.0', 'redis 4.0.0', { hasStreams: true }, 'streams'],
    ['redis 5.0.0', 'redis 4.0.0', {}, 're_encoded'],
  ])('%s to %s, using %j: %s', (from, to, used, outcome) => {
    expect(judgeVersions(product(from), product(to), { hashes: 0, hasStreams: false, ...used }, false).outcome).toBe(
      outcome,
    );
  });
});

test.each([
  ['free of a limit', { maxmemory: 10 * gib, used_memory: 5 * gib }, 4, 'tight'],
  ['room enough', { maxmemory: 10 * gib, used_memory: 1 * gib }, 4, 'enough'],
  ['too little', { maxmemory: 10 * gib, used_memory: 8 * gib }, 4, 'too_small'],
  ['the host without a limit', { maxmemory: 0, total_system_memory: 8 * gib, used_memory_rss: gib }, 8, 'too_small'],
  ['nothing told', { maxmemory: 0, used_memory: 1 }, 8, 'unknown'],
])('pair.memory: %s', (_, fields, data, outcome) => {
  expect(judgeRoom(info(fields), { dataBytes: data * gib, ...at, isResumed: false }).outcome).toBe(outcome);
});

test('pair.memory: what a resumed target holds already counts as room', () => {
  const fields = info({ maxmemory: 10 * gib, used_memory: 9 * gib, used_memory_dataset: 8 * gib });
  expect(judgeRoom(fields, { dataBytes: 6 * gib, ...at, isResumed: false }).outcome).toBe('too_small');
  expect(judgeRoom(fields, { dataBytes: 6 * gib, ...at, isResumed: true }).outcome).toBe('enough');
});

const replicaLimit = (hard: number, soft: number) => `normal 0 0 0 slave ${hard} ${soft} 60 pubsub 33554432 8388608 60`;
test.each([
  [null, 10, 10, 'unknown'],
  [replicaLimit(0, 0), 1_000, 1_000, 'enough'],
  [replicaLimit(268_435_456, 67_108_864), 1, 1, 'enough'],
  [replicaLimit(268_435_456, 67_108_864), 3, 3, 'tight'],
  [replicaLimit(268_435_456, 67_108_864), 30, 30, 'too_small'],
  [replicaLimit(268_435_456, 67_108_864), 30, Number.POSITIVE_INFINITY, 'too_small'],
  [replicaLimit(268_435_456, 67_108_864), 30, 1, 'tight'],
])(
  'source.replica_buffer: %s with %i MiB/s for 10 s, %d MiB/s of it lasting, is %s',
  (setting, writes, lasting, outcome) => {
    const volume = { dataBytes: gib, writeBytesPerSecond: writes * mib, fullSyncSeconds: 10, sustained: lasting * mib };
    const found = judgeReplicaBuffer(setting, volume, at);
    expect(found.outcome).toBe(outcome);
    if (outcome === 'too_small') expect(found.facts?.setting).toBe('replica 2gb 2gb 120');
  },
);

test.each([
  [mib, 3_600, 0, 'enough'],
  [mib, 3_600, 100_000, 'small'],
  [64 * mib, 3_600, 100_000, 'enough'],
  [mib, 60, 0, 'short_lived'],
  [mib, 0, 0, 'enough'],
  [mib, null, 0, 'enough'],
])('source.backlog: %i bytes kept %s s at %i bytes/s is %s', (size, ttlSeconds, writeBytesPerSecond, outcome) => {
  expect(judgeBacklog({ size, ttlSeconds, writeBytesPerSecond, ...at }).outcome).toBe(outcome);
});

test.each([
  [{ role: 'master' }, 'primary'],
  [{ role: 'slave', master_link_status: 'up', master_last_io_seconds_ago: 3 }, 'replica'],
  [{ role: 'slave', master_link_status: 'up', master_last_io_seconds_ago: 40 }, 'lagging'],
  [{ role: 'slave', master_link_status: 'down' }, 'link_down'],
])('source.role: %j is %s', (fields, outcome) => {
  expect(judgeRole(info(fields), at).outcome).toBe(outcome);
});

test.each([
  [{ bgsave_in_progress: 1 }, 'saving'],
  [{ aof_rewrite_in_progress: 1 }, 'saving'],
  [{ rdb_bgsave_in_progress: 0, rdb_last_bgsave_status: 'ok' }, 'idle'],
  [{ rdb_bgsave_in_progress: 1, rdb_last_bgsave_status: 'err' }, 'save_failed'],
])('source.persistence: %j is %s', (fields, outcome) => {
  expect(judgePersistence(info(fields), at).outcome).toBe(outcome);
});

test.each([
  [100, 10, 4, 'few'],
  [1_000, 10, 4, 'enough'],
  [60, 10, 4, 'too_few'],
  [Number.NaN, 10, 4, 'unknown'],
])('target.connections: a limit of %d, %i used, %i planned is %s', (limit, used, planned, outcome) => {
  expect(judgeConnections({ limit, used, planned, ...at }).outcome).toBe(outcome);
});

test.each([
  ['fail', 0, false, 'filled_fail'],
  ['fail', 2, false, 'overlap_fail'],
  ['fail', 2, true, 'filled_fail'],
  ['skip', 0, false, 'filled'],
  ['overwrite', 2, false, 'overlap'],
] as const)(
  'target.empty: with %s, %i keys in common, value rules %s it is %s',
  (onConflict, overlap, values, outcome) => {
    expect(judgeFilled({ onConflict }, overlap, values)).toBe(outcome);
  },
);

test.each([
  [[0, 1], [0, 1], 'fit'],
  [[0, 1], [0], 'merged'],
  [[], [], 'fit'],
])('pair.databases: %j becoming %j is %s', (used, needed, outcome) => {
  expect(judgeDatabases(used, needed).outcome).toBe(outcome);
});

test.each([
  [[], ['ReJSON-RL'], false, 'none'],
  [['rejson'], [], false, 'unused'],
  [['rejson'], ['ReJSON-RL'], false, 'in_use'],
  [['rejson'], ['ReJSON-RL'], true, 'accepted'],
])('pair.modules: lacking %j with types %j (accepted: %s) is %s', (lacking, types, accepted, outcome) => {
  expect(judgeModules(lacking, { types, sampled: 9, accepted }).outcome).toBe(outcome);
});
