import { formatEndpointUrl, parseEndpointUrl } from '@cacheferry/contract';
import {
  freePort,
  type RedisCluster,
  startCluster,
  startRedis,
  startSentinel,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { taskOf } from '../../src/plan/task-of.ts';
import { notable, preflight, rowOf } from './preflight.ts';

afterEach(() => stopEverything());

/** The address of one node only: the others are found through it. */
const oneAddress = (cluster: RedisCluster, index = 0): string =>
  `redis+cluster://${cluster.node(index).server.host}:${cluster.node(index).server.port}`;

describe('a cluster as the source', () => {
  test('is found whole through one address, without a warning of this process', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const [cluster, target] = [
      await startCluster({ masters: 3, replicas: 1, password: 'secret-1' }),
      await startRedis({ password: 'secret-2' }),
    ];
    for (let n = 0; n < 300; n++) await cluster.client.set(`key:${n}`, 'v');
    const report = await preflight(oneAddress(cluster).replace('://', '://:secret-1@'), target.url);
    process.off('warning', note);
    expect(notable(report)).toEqual({
      'machine.colocated': 'warn together',
      'pair.same_instance': 'warn same_host',
    });
    expect(rowOf(report, 'source.cluster')).toMatchObject({ code: 'healthy', facts: { primaries: 3, slots: 16_384 } });
    expect(report.source).toMatchObject({ kind: 'cluster', keys: 300 });
    expect(report.source?.nodes).toHaveLength(3);
    expect(warnings.map(({ name }) => name)).toEqual([]);
  });

  test('with slots that nobody has is not copied, and the slots are named', async () => {
    const [cluster, target] = [await startCluster(), await startRedis()];
    for (const { server } of cluster.nodes) await server.client.call('CLUSTER', 'DELSLOTS', 5, 6, 16_000);
    const report = await preflight(cluster.url, target.url);
    expect(rowOf(report, 'source.cluster')).toMatchObject({
      status: 'fail',
      code: 'slots_missing',
      facts: { count: 3, ranges: '5-6, 16000' },
    });
    expect(report.ok).toBe(false);
  });

  test('with a slot on its way blocks, unless an administrator says otherwise', async () => {
    const [cluster, target] = [await startCluster(), await startRedis()];
    await cluster.beginMove(42, 2);
    const row = rowOf(await preflight(cluster.url, target.url), 'source.cluster');
    expect(row).toMatchObject({ status: 'fail', code: 'moving', overridable: true, facts: { count: 1, ranges: '42' } });
  });

  test('with a primary that is down names it', async () => {
    const [cluster, target] = [await startCluster(), await startRedis()];
    const { server } = cluster.node(2);
    await server.kill('SIGKILL');
    await waitFor(
      async () => String(await cluster.node(0).server.client.call('CLUSTER', 'NODES')).includes('master,fail '),
      { deadlineMs: 20_000, what: 'the failure to be seen' },
    );
    expect(rowOf(await preflight(oneAddress(cluster), target.url), 'source.cluster')).toMatchObject({
      status: 'fail',
      code: 'primary_failed',
      facts: { nodes: server.url.replace('redis://', '') },
    });
  });

  test.each([
    ['primary', 2, 'fail', 'announced_by_cluster'],
    ['replica', 5, 'warn', 'spare_unreached'],
  ] as const)('that announces a %s where nothing listens is told apart', async (_, index, status, code) => {
    const [cluster, target] = [await startCluster({ masters: 3, replicas: 1 }), await startRedis()];
    const port = await freePort();
    await cluster.node(index).server.client.config('SET', 'cluster-announce-port', String(port));
    await waitFor(
      async () => String(await cluster.node(0).server.client.call('CLUSTER', 'NODES')).includes(`:${port}@`),
      { deadlineMs: 20_000, what: 'the new address' },
    );
    const row = rowOf(await preflight(oneAddress(cluster), target.url), 'net.source');
    expect(row).toMatchObject({ status, code, scope: `127.0.0.1:${port}` });
  });

  test('is asked node by node what its user may do', async () => {
    const [cluster, target] = [await startCluster(), await startRedis()];
    for (const [index, { server }] of cluster.nodes.entries())
      await server.client.call(
        'ACL',
        'SETUSER',
        'mover',
        'on',
        '>pw',
        '~*',
        '+@all',
        ...(index === 1 ? ['-psync'] : []),
      );
    const report = await preflight(oneAddress(cluster).replace('://', '://mover:pw@'), target.url);
    const rows = report.rows.filter(({ id }) => id === 'source.permissions');
    expect(rows).toMatchObject([
      {
        status: 'fail',
        code: 'missing',
        scope: `127.0.0.1:${cluster.node(1).server.port}`,
        command: 'ACL SETUSER mover +psync',
      },
    ]);
  });

  test('whose user may not ask for its servers says which right is missing', async () => {
    const [cluster, target] = [await startCluster(), await startRedis()];
    for (const { server } of cluster.nodes)
      await server.client.call('ACL', 'SETUSER', 'mover', 'on', '>pw', '~*', '+@all', '-cluster');
    const report = await preflight(oneAddress(cluster).replace('://', '://mover:pw@'), target.url);
    expect(rowOf(report, 'source.permissions')).toMatchObject({ status: 'fail', code: 'endpoint.no_permission' });
    expect(rowOf(report, 'source.permissions').fix).toContain('+cluster|nodes');
    expect(rowOf(report, 'source.role')).toMatchObject({ status: 'skipped' });
  });
});

describe('a cluster as the target', () => {
  test('has room and keeps its keys on each of its servers, or that one is named', async () => {
    const [source, cluster] = [await startRedis(), await startCluster()];
    await source.client.set('big', 'x'.repeat(6_000_000));
    const { server } = cluster.node(1);
    await server.client.config('SET', 'maxmemory', '3mb');
    await server.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const report = await preflight(source.url, oneAddress(cluster));
    const scope = `127.0.0.1:${server.port}`;
    expect(report.rows.filter(({ id }) => id === 'pair.memory')).toMatchObject([{ status: 'fail', scope }]);
    expect(report.rows.filter(({ id }) => id === 'target.eviction')).toMatchObject([{ code: 'evicting_full', scope }]);
  });

  test('has database 0 only', async () => {
    const [source, cluster] = [await startRedis(), await startCluster()];
    await source.connect({ db: 3 }).set('a', '1');
    expect(rowOf(await preflight(source.url, oneAddress(cluster)), 'pair.databases')).toMatchObject({
      status: 'fail',
      facts: { missing: 3, reason: 'a cluster has database 0 only' },
    });
    const mapped = await preflight(source.url, oneAddress(cluster), { options: { dbMap: ['3:0'] } });
    expect(rowOf(mapped, 'pair.databases').status).toBe('pass');
  });

  test('is told which commands of the clients it treats otherwise', async () => {
    const [source, cluster] = [await startRedis(), await startCluster()];
    await source.client.mset('a', '1', 'b', '2');
    await source.client.rename('a', 'c');
    const row = rowOf(await preflight(source.url, oneAddress(cluster)), 'pair.commands');
    expect(row).toMatchObject({ status: 'warn', code: 'across_slots' });
    expect(row.message).toMatch(/MSET \d+.*RENAME \d+|RENAME \d+.*MSET \d+/);
    expect(row.fix).toContain('{tag}');
  });
});

describe('both ends in one cluster', () => {
  test('are found by the cluster, and by the replication of a replica', async () => {
    const cluster = await startCluster({ masters: 3, replicas: 1 });
    const [a, b, replica] = [0, 1, 3].map((index) => cluster.node(index).server.url);
    for (const [source, target, code] of [
      [a, b, 'same_cluster'],
      [cluster.url, replica, 'replicates'],
      [oneAddress(cluster, 0), oneAddress(cluster, 2), 'same'],
    ] as const)
      expect(rowOf(await preflight(source ?? '', target ?? ''), 'pair.same_instance')).toMatchObject({
        status: 'fail',
        code,
      });
  });
});

describe('a migration into the source', () => {
  const nameOf = (url: string) => formatEndpointUrl(parseEndpointUrl(url));
  const checkpoint = (replid: unknown) => `${String(replid)}:100:0:stream:50:90:1:0:0::0`;

  test('that follows the target is a circle, whether it runs now or not', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    const backwards = taskOf({}, nameOf(target.url), nameOf(source.url));
    const { master_replid: replid } = await target.info('replication');
    await source.client.hset(`cf:ck:${backwards}`, 'shard:0', checkpoint(replid));
    expect(rowOf(await preflight(source.url, target.url), 'pair.loop')).toMatchObject({ status: 'fail', code: 'loop' });
  });

  test('from elsewhere is a warning', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    const writer = source.connect();
    await writer.client('SETNAME', 'ferry:other-task');
    await source.client.hset('cf:ck:other-task', 'shard:0', checkpoint('a'.repeat(40)));
    expect(rowOf(await preflight(source.url, target.url), 'pair.loop')).toMatchObject({
      status: 'warn',
      code: 'fed',
      facts: { tasks: 'other-task' },
    });
  });
});

test('what a migration cannot do is told before it is started', async () => {
  const [cluster, other] = [await startCluster(), await startRedis()];
  const scanned = other.url.replace('redis:', 'redis-scan:');
  const row = rowOf(await preflight(cluster.url, scanned), 'pair.supported');
  expect(row).toMatchObject({ status: 'fail', code: 'endpoint.unsupported' });
  const renamed = await preflight(cluster.url, other.url, { options: { keyPrefix: ['a:b'] } });
  expect(rowOf(renamed, 'pair.supported')).toMatchObject({ status: 'fail', code: 'migration.option_unsupported' });
  expect(rowOf(await preflight(cluster.url, other.url), 'pair.supported').status).toBe('pass');
});

test('a sentinel that is silent is a warning, and the primary behind the others is looked at', async () => {
  const [group, target] = [await startSentinel({ replicas: 1 }), await startRedis()];
  const port = await freePort();
  const report = await preflight(
    group.url.replace(/\/[^/]*$/, (name) => `,127.0.0.1:${port}${name}`),
    target.url,
  );
  expect(rowOf(report, 'net.source')).toMatchObject({
    status: 'warn',
    code: 'sentinel_silent',
    scope: `127.0.0.1:${port}`,
  });
  expect(rowOf(report, 'source.role')).toMatchObject({ status: 'pass', code: 'primary' });
});

test('a string that the target refuses for its size is named', async () => {
  const [source, target] = [await startRedis(), await startRedis({ args: ['--proto-max-bulk-len', '1mb'] })];
  await source.client.set('huge', 'x'.repeat(2_000_000));
  const row = rowOf(await preflight(source.url, target.url), 'pair.key_size');
  expect(row).toMatchObject({ status: 'fail', code: 'refused', overridable: true });
  expect(row.facts?.keys).toContain('huge');
});

test('settings and users that stay behind are listed', async () => {
  const [source, target] = [await startRedis(), await startRedis()];
  await source.client.config('SET', 'notify-keyspace-events', 'KA');
  await source.client.call('ACL', 'SETUSER', 'app', 'on', '>pw', '~*', '+@all');
  expect(rowOf(await preflight(source.url, target.url), 'pair.settings')).toMatchObject({
    status: 'warn',
    code: 'both',
    facts: { users: 'app', settings: 'notify-keyspace-events AK → ""' },
  });
});
