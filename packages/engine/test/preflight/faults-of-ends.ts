import fs from 'node:fs';
import path from 'node:path';
import {
  faultProxy,
  freePort,
  hasNutcracker,
  hasServer,
  makeTlsFiles,
  type RedisServer,
  startCluster,
  startRedis,
  startReplica,
  startSentinel,
  waitFor,
} from '@cacheferry/testkit';
import { startPool } from '../pool.ts';
import { type Fault, type Prepared, twoServers, typed } from './catalogue.ts';

type Role = 'source' | 'target';
type Two = Awaited<ReturnType<typeof twoServers>>;

/** A fault of one of two servers, which a command mends. */
const set =
  (role: Role, setting: [string, string], more: { ends?: object; first?: (two: Two) => Promise<unknown> } = {}) =>
  async (): Promise<Prepared> => {
    const two = await twoServers();
    await more.first?.(two);
    await two[role].client.config('SET', ...setting);
    return { ends: { ...two.ends, ...more.ends }, mend: typed() };
  };

async function closedPort(role: Role): Promise<Prepared> {
  const [{ ends }, port] = [await twoServers(), await freePort()];
  const mend = async () => void (await startRedis({ port }));
  return { ends: { ...ends, [role]: `redis://127.0.0.1:${port}` }, mend };
}

async function refusedUser(role: Role, right: string): Promise<Prepared> {
  const two = await twoServers();
  await two[role].client.call('ACL', 'SETUSER', 'mover', 'on', '>pw', '~*', '+@all', `-${right}`);
  const ends = { ...two.ends, [role]: `redis://mover:pw@127.0.0.1:${two[role].port}` };
  return { ends, mend: typed(two[role]) };
}

async function failedSave(role: Role): Promise<Prepared> {
  const two = await twoServers();
  const { client, dir } = two[role];
  const inTheWay = path.join(dir, 'dump.rdb');
  fs.mkdirSync(path.join(inTheWay, 'taken'), { recursive: true });
  await client.config('SET', 'save', '3600 100000');
  await client.bgsave();
  await waitFor(async () => (await two[role].info()).rdb_last_bgsave_status === 'err');
  const mend: Prepared['mend'] = async (row) => {
    fs.rmSync(inTheWay, { recursive: true });
    await typed()(row);
    await waitFor(async () => (await two[role].info()).rdb_last_bgsave_status === 'ok');
  };
  return { ends: two.ends, mend };
}

async function missingSlots(role: Role): Promise<Prepared> {
  const [{ ends }, cluster] = [await twoServers(), await startCluster()];
  for (const { server } of cluster.nodes) await server.client.call('CLUSTER', 'DELSLOTS', 5, 6, 16_000);
  const mend: Prepared['mend'] = async (row) => {
    await typed()(row);
    const isOk = async ({ server }: { server: RedisServer }) =>
      /cluster_state:ok[^]*cluster_slots_ok:16384/.test(String(await server.client.call('CLUSTER', 'INFO')));
    await waitFor(async () => (await Promise.all(cluster.nodes.map(isOk))).every(Boolean), { deadlineMs: 20_000 });
  };
  return { ends: { ...ends, [role]: cluster.url }, mend };
}

/** An address of the sentinels in place of the one of the data. */
async function sentinelItself(role: Role): Promise<Prepared> {
  const [{ ends }, group] = [await twoServers(), await startSentinel({ replicas: 0 })];
  const [, address = ''] = /\/\/([^,/]+)/.exec(group.url) ?? [];
  return { ends: { ...ends, [role]: `redis://${address}` }, mend: async () => ends };
}

async function wrongHash(role: Role): Promise<Prepared> {
  const [{ ends }, pool] = [await twoServers(), await startPool({ hash: 'md5' })];
  const keys = Array.from({ length: 500 }, (_, n) => ['SET', `key:${n}`, 'v']);
  await pool.proxy.send('main', keys);
  const right = fs.readFileSync(pool.proxy.file, 'utf8');
  const file = path.join(path.dirname(pool.proxy.file), 'other.yml');
  fs.writeFileSync(file, right.replace('md5', 'murmur'));
  const mend = async () => fs.writeFileSync(file, right);
  const options = { onConflict: 'overwrite' } as const;
  return { ends: { ...ends, [role]: `twemproxy:${file}?pool=main`, options }, mend };
}

async function ejecting(role: Role): Promise<Prepared> {
  const [{ ends }, pool] = [await twoServers(), await startPool({ auto_eject_hosts: true })];
  const text = fs.readFileSync(pool.proxy.file, 'utf8');
  const mend = async () => fs.writeFileSync(pool.proxy.file, text.replace(/.*auto_eject_hosts.*\n/, ''));
  return { ends: { ...ends, [role]: pool.url }, mend };
}

async function wrongPassword(role: Role): Promise<Prepared> {
  const [{ ends }, server] = [await twoServers(), await startRedis({ password: 'right' })];
  const as = (password: string) => ({ [role]: `redis://:${password}@127.0.0.1:${server.port}` });
  return { ends: { ...ends, ...as('wrong') }, mend: async () => as('right') };
}

const both = (make: (role: Role) => Fault): Fault[] => [make('source'), make('target')];
/** What is the same question at both ends. */
const shared: Fault[] = [
  ...both((role) => ({
    id: `net.${role}`,
    code: 'endpoint.unreachable',
    status: 'fail',
    prepare: () => closedPort(role),
  })),
  ...both((role) => ({
    id: `${role}.auth`,
    code: 'endpoint.auth_failed',
    status: 'fail',
    prepare: () => wrongPassword(role),
  })),
  ...both((role) => ({
    id: `${role}.version`,
    code: 'sentinel',
    status: 'fail',
    prepare: () => sentinelItself(role),
  })),
  ...both((role) => ({
    id: `${role}.permissions`,
    code: 'missing',
    status: 'fail',
    prepare: () => refusedUser(role, role === 'source' ? 'psync' : 'restore'),
  })),
  ...both((role) => ({
    id: `${role}.cluster`,
    code: 'slots_missing',
    status: 'fail',
    leaves: 'no_replica',
    prepare: () => missingSlots(role),
  })),
  ...both((role) => ({
    id: `${role}.placement`,
    code: 'wrong',
    status: 'fail',
    needs: hasNutcracker,
    prepare: () => wrongHash(role),
  })),
  ...both((role) => ({
    id: `${role}.ejection`,
    code: 'ejecting',
    status: 'warn',
    needs: hasNutcracker,
    prepare: () => ejecting(role),
  })),
];

const ofSource: Fault[] = [
  { id: 'source.psync', code: 'refused', status: 'fail', prepare: () => withoutPsync('source') },
  { id: 'source.role', code: 'link_down', status: 'fail', prepare: brokenReplica },
  { id: 'source.persistence', code: 'save_failed', status: 'fail', prepare: () => failedSave('source') },
  { id: 'source.persistence', code: 'saving', status: 'warn', prepare: savingSource },
  { id: 'source.replica_buffer', code: 'too_small', status: 'fail', prepare: smallBuffer },
  {
    id: 'source.backlog',
    code: 'short_lived',
    status: 'warn',
    prepare: set('source', ['repl-backlog-ttl', '60']),
  },
  { id: 'source.timeout', code: 'short', status: 'warn', prepare: set('source', ['repl-timeout', '10']) },
  {
    id: 'source.replicas',
    code: 'counted',
    status: 'warn',
    prepare: async () => {
      const { source, ends } = await twoServers();
      await source.client.config('SET', 'min-replicas-to-write', '1');
      return { ends, mend: async () => void (await source.client.config('SET', 'min-replicas-to-write', '0')) };
    },
  },
  {
    id: 'source.notifications',
    code: 'off',
    status: 'warn',
    prepare: async () => {
      const { ends } = await twoServers();
      return { ends: { ...ends, source: ends.source.replace('redis:', 'redis-scan:') }, mend: typed() };
    },
  },
  { id: 'source.load', code: 'busy', status: 'warn', watches: true, prepare: busySource },
  { id: 'source.big_traffic', code: 'much', status: 'warn', watches: true, prepare: hotBigKey },
  { id: 'net.bandwidth', code: 'too_narrow', status: 'fail', watches: true, prepare: narrowLine },
  { id: 'net.tls', code: 'expires', status: 'warn', prepare: oldCertificate },
  { id: 'fence.available', code: 'no_right', status: 'warn', prepare: () => refusedUser('source', 'client|pause') },
];

const ofTarget: Fault[] = [
  {
    id: 'target.role',
    code: 'replica',
    status: 'fail',
    prepare: async () => {
      const { source, target, ends } = await twoServers();
      const replica = await startReplica(target);
      return { ends: { source: source.url, target: replica.url }, mend: async () => ends };
    },
  },
  { id: 'target.role', code: 'save_failed', status: 'fail', prepare: () => failedSave('target') },
  {
    id: 'target.role',
    code: 'every_write_synced',
    status: 'warn',
    prepare: set('target', ['appendfsync', 'always'], {
      first: ({ target }) => target.client.config('SET', 'appendonly', 'yes'),
    }),
  },
  {
    id: 'target.eviction',
    code: 'evicting',
    status: 'warn',
    prepare: set('target', ['maxmemory-policy', 'allkeys-lru'], {
      first: ({ target }) => target.client.config('SET', 'maxmemory', '1gb'),
    }),
  },
  {
    id: 'target.empty',
    code: 'filled_fail',
    status: 'fail',
    prepare: async () => {
      const { target, ends } = await twoServers();
      await target.client.set('there', '1');
      return { ends, mend: async () => void (await target.client.flushall()) };
    },
  },
  {
    id: 'target.connections',
    code: 'too_few',
    status: 'fail',
    prepare: set('target', ['maxclients', '50']),
  },
  { id: 'reverse.available', code: 'refused', status: 'warn', prepare: () => withoutPsync('target') },
  {
    id: 'reverse.available',
    code: 'hidden',
    status: 'warn',
    prepare: async () => {
      const { source, ends } = await twoServers();
      const target = await startRedis({ args: ['--rename-command', 'PSYNC', 'hidden'] });
      return { ends: { source: source.url, target: target.url }, mend: async () => ends };
    },
  },
  {
    id: 'reverse.available',
    code: 'downgrade',
    status: 'warn',
    needs: () => hasServer('redis@8.0'),
    prepare: async () => {
      const [{ source, ends }, target] = [await twoServers(), await startRedis({ version: 'redis@8.0' })];
      return { ends: { source: source.url, target: target.url }, mend: async () => ends };
    },
  },
];

export const faultsOfEnds: readonly Fault[] = [...shared, ...ofSource, ...ofTarget];

/** A right of which the row says no line, only what to allow. */
async function withoutPsync(role: Role): Promise<Prepared> {
  const two = await twoServers();
  const allow = (...rights: string[]) => two[role].client.call('ACL', 'SETUSER', 'mover', ...rights);
  await allow('on', '>pw', '~*', '+@all', '-psync', '-replconf');
  const ends = { ...two.ends, [role]: `redis://mover:pw@127.0.0.1:${two[role].port}` };
  return { ends, mend: async () => void (await allow('+psync', '+replconf')) };
}

async function brokenReplica(): Promise<Prepared> {
  const [{ target }, primary] = [await twoServers(), await startRedis()];
  const replica = await startReplica(primary);
  await primary.stop();
  await waitFor(async () => (await replica.info('replication')).master_link_status === 'down');
  const mend: Prepared['mend'] = async (row) => {
    await startRedis({ port: primary.port });
    await typed()(row);
    await waitFor(async () => (await replica.info('replication')).master_link_status === 'up', { deadlineMs: 30_000 });
  };
  return { ends: { source: replica.url, target: target.url }, mend };
}

async function savingSource(): Promise<Prepared> {
  const { source, ends } = await twoServers();
  await source.client.config('SET', 'rdb-key-save-delay', '5000');
  await source.client.mset(...Array.from({ length: 2_000 }, (_, n) => String(n)));
  await source.client.bgsave();
  return { ends, mend: () => waitFor(async () => (await source.info()).rdb_bgsave_in_progress === '0').then(() => {}) };
}

/** Runs something over and over until it is told to stop. */
function keepOn(turn: () => Promise<unknown>): () => Promise<void> {
  const stop = new AbortController();
  const work = (async () => {
    while (!stop.signal.aborted) await turn();
  })();
  return () => {
    stop.abort();
    return work;
  };
}

async function busySource(): Promise<Prepared> {
  const { source, ends } = await twoServers();
  const busy = source.connect();
  const stop = keepOn(() => busy.eval('local t = 0 for i = 1, 3000000 do t = t + i end return t', 0));
  return { ends, mend: stop };
}

/** A buffer that the writes of two seconds fill. */
async function smallBuffer(): Promise<Prepared> {
  const { source, ends } = await twoServers();
  await source.client.config('SET', 'client-output-buffer-limit', 'replica 65536 65536 60');
  const writer = source.connect();
  const stop = keepOn(async () => {
    await writer.echo('x'.repeat(100_000));
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  await waitFor(async () => Number((await source.info('stats')).instantaneous_input_kbps) > 1_000, {
    deadlineMs: 20_000,
  });
  const mend: Prepared['mend'] = async (row) => {
    await stop();
    await typed()(row);
  };
  return { ends, mend };
}

/** A value of a MiB that is set again and again, behind a line of 8 MiB a second. */
async function hotBigKey(): Promise<Prepared> {
  const { source, ends } = await twoServers();
  const proxy = await faultProxy(source);
  proxy.set({ rate: 8 * 1_048_576 });
  const value = 'x'.repeat(1_048_576);
  await source.client.set('hot', value);
  const stop = keepOn(async () => {
    await source.client.set('hot', value);
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  return { ends: { ...ends, source: proxy.url }, mend: stop };
}

/** Clients write 4 MiB a second and more, and the line carries one. */
async function narrowLine(): Promise<Prepared> {
  const { source, ends } = await twoServers();
  const proxy = await faultProxy(source);
  proxy.set({ rate: 1_048_576 });
  const writer = source.connect();
  const stop = keepOn(async () => {
    await writer.set('k', 'x'.repeat(200_000));
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  await waitFor(async () => Number((await source.info('stats')).instantaneous_input_kbps) > 4_000, {
    deadlineMs: 20_000,
  });
  const mend = async () => {
    await stop();
    return { source: source.url };
  };
  return { ends: { ...ends, source: proxy.url }, mend };
}

async function oldCertificate(): Promise<Prepared> {
  const [soon, late] = [5, 90].map((days) => makeTlsFiles({ names: ['IP:127.0.0.1'], days }));
  const [{ target }, ...sources] = [
    await twoServers(),
    await startRedis({ tls: soon ?? true }),
    await startRedis({ tls: late ?? true }),
  ];
  const [source = '', renewed = ''] = sources.map(({ url }) => url);
  return { ends: { source, target: target.url }, mend: async () => ({ source: renewed }) };
}
