import path from 'node:path';
import {
  type Client,
  type Command,
  type Dump,
  dumpAll,
  openClient,
  sendAll,
  startCluster,
  startNutcracker,
  startRedis,
  startSentinel,
  tempDir,
} from '@cacheferry/testkit';

/** Where data may lie: how it is written to and what it holds. */
export type Place = {
  url: string;
  send: (commands: readonly Command[]) => Promise<unknown>;
  dump: () => Promise<Dump>;
};

const dumpsOf = async (clients: readonly Client[]): Promise<Dump> =>
  new Map((await Promise.all(clients.map((client) => dumpAll(client)))).flatMap((dump) => [...dump]));

function placeOf(url: string, client: Client): Place {
  return { url, send: (commands) => sendAll(client, commands), dump: () => dumpAll(client) };
}

async function one(): Promise<Place> {
  const { url, client } = await startRedis();
  return placeOf(url, client);
}

async function sentinel(): Promise<Place> {
  const group = await startSentinel({ replicas: 1 });
  return placeOf(group.url, (await group.primary()).client);
}

async function cluster(): Promise<Place> {
  const { url } = await startCluster();
  return placeOf(url, openClient(url));
}

async function scanned(): Promise<Place> {
  const { url, client } = await startRedis({ args: ['--notify-keyspace-events', 'KA'] });
  return placeOf(url.replace('redis:', 'redis-scan:'), client);
}

async function scannedCluster(): Promise<Place> {
  const { url } = await startCluster({ args: ['--notify-keyspace-events', 'KA'] });
  return { ...placeOf(url, openClient(url)), url: url.replace('redis+cluster:', 'redis-scan+cluster:') };
}

async function twemproxy(): Promise<Place> {
  const servers = await Promise.all([1, 2, 3].map(() => startRedis()));
  const lines = servers.map(({ port }, at) => `127.0.0.1:${port}:1 server${at}`);
  const proxy = await startNutcracker({ main: { redis: true, timeout: 20_000, servers: lines } });
  const client = proxy.connect('main');
  return {
    url: `twemproxy:${proxy.file}?pool=main`,
    // It knows no streams.
    send: (commands) =>
      sendAll(
        client,
        commands.filter(([name]) => name !== 'XADD'),
      ),
    dump: () => dumpsOf(servers.map((server) => server.client)),
  };
}

/** What a server has written into a file of its own. */
async function file(kind: 'rdb' | 'aof'): Promise<Place> {
  const server = await startRedis({ args: kind === 'aof' ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [] });
  const { client, dir } = server;
  return {
    url: kind === 'rdb' ? `rdb:${path.join(dir, 'dump.rdb')}` : `aof:${path.join(dir, 'appendonlydir')}`,
    send: async (commands) => {
      await sendAll(client, commands);
      if (kind === 'rdb') await client.save();
    },
    dump: () => dumpAll(client),
  };
}

/** RDB files that are written, one for each shard of the source. */
function newFiles(shards: number): Promise<Place> {
  const dirs = Array.from({ length: shards }, () => tempDir('out'));
  const files = dirs.map((dir) => path.join(dir, 'dump.rdb'));
  return Promise.resolve({
    url: `rdb:${files.join(',')}`,
    send: () => Promise.reject(new Error('a file is not written to by commands')),
    dump: async () => {
      const servers = await Promise.all(dirs.map((dir) => startRedis({ args: ['--dir', dir] })));
      return dumpsOf(servers.map(({ client }) => client));
    },
  });
}

/** Every kind of source; `shards`: how many servers are behind it. */
export const sources = {
  one: { open: one, shards: 1, isLive: true },
  sentinel: { open: sentinel, shards: 1, isLive: true },
  cluster: { open: cluster, shards: 3, isLive: true },
  twemproxy: { open: twemproxy, shards: 3, isLive: true },
  scan: { open: scanned, shards: 1, isLive: true },
  'scan of a cluster': { open: scannedCluster, shards: 1, isLive: true },
  rdb: { open: () => file('rdb'), shards: 1, isLive: false },
  aof: { open: () => file('aof'), shards: 1, isLive: false },
} as const;

/** Every kind of target. */
export const targets = {
  one: { open: one, isLive: true },
  sentinel: { open: sentinel, isLive: true },
  cluster: { open: cluster, isLive: true },
  twemproxy: { open: twemproxy, isLive: true },
  rdb: { open: newFiles, isLive: false },
} as const;
