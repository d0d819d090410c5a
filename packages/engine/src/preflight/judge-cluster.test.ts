import { ClusterView, parseClusterNodes } from '@cacheferry/topology';
import { FerryError } from '@cacheferry/kernel';
import { parseEndpointUrl } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { judgeNotifications } from './checks/source-notifications.ts';
import { judgePlaces } from './checks/machine-colocated.ts';
import { judgeCpu } from './checks/machine-cpu.ts';
import { judgeUnreached } from './checks/net.ts';
import { judgeCommands } from './checks/pair-commands.ts';
import { judgeKeySizes } from './checks/pair-key-size.ts';
import { judgeSettings } from './checks/pair-settings.ts';
import { judgeDuration } from './checks/predict-duration.ts';
import { judgeFork } from './checks/source-fork.ts';
import { judgeLoad } from './checks/source-load.ts';
import { judgeReplicas } from './checks/source-replicas.ts';
import { judgeTimeout } from './checks/source-timeout.ts';
import { judgeCluster } from './cluster-health.ts';
import { Info } from './info.ts';
import { shareOf } from './share-of-slots.ts';
import { gib, mib } from './units.ts';

const at = { host: '10.0.0.5', port: 6379 };
const info = (fields: Record<string, string | number>) =>
  new Info(
    Object.entries(fields)
      .map(([name, value]) => `${name}:${value}`)
      .join('\r\n'),
  );
const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
const members = (text: string) => parseClusterNodes(text, { host: 'h', port: 1 });

test.each([
  ['all served', '0-8191', '8192-16383', 'no_replica'],
  ['a hole', '0-8190', '8192-16383', 'slots_missing'],
  ['a slot on its way', `0-8191 [7->-${b}]`, '8192-16383', 'moving'],
])('source.cluster: %s', (_, first, second, outcome) => {
  const lines = `${a} h:1@2 myself,master - 0 0 1 connected ${first}\n${b} h:2@3 master - 0 0 2 connected ${second}`;
  const found = members(lines);
  const seen = [{ name: 'h:1', isOk: true, own: found[0], members: found }];
  expect(judgeCluster({ view: new ClusterView(found), seen }).outcome).toBe(outcome);
});

test('source.cluster: two servers that give a slot to different ones are named', () => {
  const line = (id: string, port: number, range: string) => `${id} h:${port}@9 master - 0 0 1 connected ${range}`;
  const one = members(`${line(a, 1, '0-8192')}\n${line(b, 2, '8193-16383')}`);
  const other = members(`${line(a, 1, '0-8191')}\n${line(b, 2, '8192-16383')}`);
  const seen = [one, other].map((list, n) => ({ name: `h:${n}`, isOk: true, own: list[n], members: list }));
  expect(judgeCluster({ view: new ClusterView(one), seen })).toMatchObject({
    outcome: 'views_differ',
    facts: { slot: 8192, a: 'h:1', b: 'h:2' },
  });
});

test.each([
  ['redis+cluster://10.0.0.1:7000', '10.0.0.9:7000', 'announced_by_cluster'],
  ['redis+cluster://10.0.0.1:7000', '10.0.0.1:7000', 'endpoint.timeout'],
  ['redis+sentinel://10.0.0.1:26379/m', '10.0.0.9:6379', 'announced_by_sentinels'],
  ['redis://10.0.0.1:6379', '10.0.0.1:6379', 'endpoint.timeout'],
])('net: of %s, %s that does not answer is %s', (url, endpoint, outcome) => {
  const error = new FerryError('endpoint.timeout', { endpoint });
  expect(judgeUnreached(error, parseEndpointUrl(url)).outcome).toBe(outcome);
});

test.each([
  [[[0, 99]], [[0, 49]], 0.5],
  [[[0, 99]], [[200, 299]], 0],
  [[[0, 16_383]], [[0, 4_095]], 0.25],
  [
    [
      [0, 9],
      [20, 29],
    ],
    [[5, 24]],
    0.5,
  ],
  [[], [[0, 1]], 0],
] as [[number, number][], [number, number][], number][])('of slots %j, %j are the part %d', (from, into, share) => {
  expect(shareOf(from, into)).toBe(share);
});

test.each([
  [2, 0.5, 6, 'enough'],
  [2, 0.5, 9, 'few'],
  [2, 1.5, 1, 'busy'],
])('machine.cpu: %i processors at a load of %d for %i shards are %s', (cores, load, shards, outcome) => {
  expect(judgeCpu({ cores, load, shards }).outcome).toBe(outcome);
});

test('machine.colocated: a source is here when one of its addresses is', () => {
  const own = new Set(['127.0.0.1', '10.0.0.7']);
  expect(judgePlaces([{ name: 'a:1', addresses: ['10.0.0.8'] }], own).outcome).toBe('apart');
  expect(judgePlaces([{ name: 'a:1', addresses: ['10.0.0.8', '10.0.0.7'] }], own)).toMatchObject({
    outcome: 'together',
    facts: { nodes: 'a:1' },
  });
});

test.each([
  [null, 'unknown'],
  ['60', 'enough'],
  ['10', 'short'],
])('source.timeout: %s s are %s', (setting, outcome) => expect(judgeTimeout(setting, at).outcome).toBe(outcome));

test.each([
  [{ total_system_memory: 4 * gib, used_memory_rss: gib }, 1, 'enough'],
  [{ total_system_memory: 4 * gib, used_memory_rss: 4 * gib }, 3, 'little_memory'],
  [{ total_system_memory: 4 * gib, latest_fork_usec: 900_000 }, 1, 'slow'],
  [{}, 1, 'unknown'],
])('source.fork: %j with %i GiB of data is %s', (fields, data, outcome) => {
  expect(judgeFork(info(fields as Record<string, number>), data * gib).outcome).toBe(outcome);
});

test.each([
  [10, 10.2, 'idle', 20],
  [10, 10.9, 'busy', 90],
])('source.load: from %d to %d s of processor in one second is %s', (from, to, outcome, percent) => {
  const [before, after] = [from, to].map((cpu) => info({ used_cpu_sys: cpu, used_cpu_user: 0 })) as [Info, Info];
  expect(judgeLoad(before, after, 1)).toMatchObject({ outcome, facts: { percent } });
});

test('source.load: the main thread counts where it is told', () => {
  const of = (main: number) =>
    info({ used_cpu_sys: main * 9, used_cpu_user: 0, used_cpu_sys_main_thread: main, used_cpu_user_main_thread: 0 });
  expect(judgeLoad(of(1), of(1.1), 1).facts?.percent).toBe(10);
  expect(judgeLoad(info({}), of(1), 1).outcome).toBe('unknown');
});

test.each([
  [0, 'unneeded'],
  [1, 'counted'],
])('source.replicas: %i that are needed to write: %s', (needed, outcome) => {
  expect(judgeReplicas(info({ connected_slaves: 2 }), needed).outcome).toBe(outcome);
});

test.each([
  ['AKE', 'on'],
  ['KA', 'on'],
  ['Kg$', 'off'],
  ['', 'off'],
  [null, 'unknown'],
])('source.notifications: %j is %s', (flags, outcome) => expect(judgeNotifications(flags, at).outcome).toBe(outcome));

test('pair.commands: calls are told by the day, over all servers, the most frequent first', () => {
  const server = info({
    uptime_in_seconds: 172_800,
    cmdstat_rename: 'calls=10,usec=1',
    cmdstat_get: 'calls=99999,usec=1',
    'cmdstat_client|list': 'calls=3,usec=1',
    cmdstat_flushall: 'calls=2,usec=1',
  });
  expect(judgeCommands([server, server])).toMatchObject({
    outcome: 'across_slots',
    facts: { commands: 'RENAME 10, FLUSHALL 2' },
  });
  expect(judgeCommands([info({ uptime_in_seconds: 1, cmdstat_get: 'calls=1' })]).outcome).toBe('none');
  expect(judgeCommands([info({})]).outcome).toBe('unknown');
});

test.each([
  [[{ type: 'string', bytes: mib }], 'ordinary'],
  [[{ type: 'hash', bytes: 900 * mib }], 'big'],
  [[{ type: 'string', bytes: 900 * mib }], 'refused'],
  [[], 'ordinary'],
])('pair.key_size: %j is %s', (sizes, outcome) => {
  const keys = sizes.map((size) => ({ key: Buffer.from('k'), ...size }));
  expect(judgeKeySizes(keys, 512 * mib).outcome).toBe(outcome);
});

test('pair.settings: what one side does not tell is not compared', () => {
  const side = (values: Record<string, string>, users: string[] = []) => ({
    values: new Map(Object.entries(values)),
    users,
  });
  expect(judgeSettings(side({ timeout: '0' }), side({})).outcome).toBe('same');
  expect(judgeSettings(side({ timeout: '0' }), side({ timeout: '9' }))).toMatchObject({
    outcome: 'differing',
    facts: { settings: 'timeout 0 → 9' },
  });
  expect(judgeSettings(side({}, ['app']), side({}, ['other'])).outcome).toBe('users');
});

test.each([
  [60, 0, 'expected', '60 s'],
  [7 * 3_600, 0, 'long', '7 h'],
  [60, mib, 'expected', '17 min'],
])('predict.duration: 1 GiB in %i s at a rate of %i: %s', (seconds, rate, outcome, time) => {
  expect(judgeDuration(gib, seconds, rate)).toMatchObject({ outcome, facts: { time } });
});
