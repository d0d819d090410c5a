import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { FerryError } from '@cacheferry/kernel';
import {
  faultProxy,
  freePort,
  hasNutcracker,
  type RedisServer,
  runFerry,
  startCluster,
  startRedis,
  startSentinel,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from './migration.ts';
import { startPool } from './pool.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  return stopEverything();
});

/** What is wrong with an end, whichever it is, and every server that could be written to. */
type BadEnd = { url: string; servers: RedisServer[] };

async function uncovered(): Promise<BadEnd> {
  const { nodes, url } = await startCluster();
  const servers = nodes.map(({ server }) => server);
  for (const { client } of servers) await client.call('CLUSTER', 'DELSLOTS', 5, 16_000);
  return { url, servers };
}

async function announcedElsewhere(): Promise<BadEnd> {
  const cluster = await startCluster();
  const port = await freePort();
  await cluster.node(2).server.client.config('SET', 'cluster-announce-port', String(port));
  const { client } = cluster.node(0).server;
  await waitFor(async () => String(await client.call('CLUSTER', 'NODES')).includes(`:${port}@`), {
    deadlineMs: 20_000,
  });
  const servers = cluster.nodes.map(({ server }) => server);
  return { url: `redis+cluster://127.0.0.1:${cluster.node(0).server.port}`, servers };
}

async function disagreeing(): Promise<BadEnd> {
  const small = { replicas: 0, sentinels: 1 };
  const groups = await Promise.all([startSentinel(small), startSentinel(small)]);
  const hosts = groups.map(({ sentinels }) => `127.0.0.1:${sentinels[0]?.port}`);
  return { url: `redis+sentinel://${hosts.join(',')}/mymaster`, servers: groups.flatMap(({ servers }) => servers) };
}

async function unknownHash(): Promise<BadEnd> {
  const { proxy, servers } = await startPool();
  const file = path.join(tempDir('pool'), 'nutcracker.yml');
  writeFileSync(file, readFileSync(proxy.file, 'utf8').replace(/^main:\n/m, 'main:\n  hash: sha1\n'));
  return { url: `twemproxy:${file}?pool=main`, servers };
}

async function deadServer(): Promise<BadEnd> {
  const { servers, url } = await startPool();
  const [dead, ...others] = servers;
  await dead?.kill();
  return { url, servers: others };
}

async function noApplication(): Promise<BadEnd> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: -1, message: 'appId:10001 does not exist' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => void server.close());
  return { url: `cachecloud+http://127.0.0.1:${(server.address() as AddressInfo).port}?app=10001`, servers: [] };
}

type Row = readonly [name: string, open: () => Promise<BadEnd>, asSource: string, asTarget: string];
const rows: readonly Row[] = [
  ['a cluster with slots that nobody has', uncovered, 'source.cluster', 'target.cluster'],
  ['a cluster that announces what is not reached', announcedElsewhere, 'net.source', 'net.target'],
  ['sentinels that disagree', disagreeing, 'net.source', 'net.target'],
  ['an application that does not exist', noApplication, 'cachecloud.refused', 'cachecloud.refused'],
  ...(hasNutcracker()
    ? ([
        ['a pool with an unknown hash', unknownHash, 'twemproxy.unknown_hash', 'twemproxy.unknown_hash'],
        ['a pool with a dead server', deadServer, 'net.source', 'net.target'],
      ] as const)
    : []),
];

/** How the run ended; the ids of the checks that block, where that was it. */
async function refusal(source: string, target: string): Promise<string> {
  const run = new Migration({ source: { url: source }, target: { url: target } });
  const error = await run.end.catch((thrown: unknown) => thrown);
  if (!(error instanceof FerryError)) return `ended with ${JSON.stringify(error)}`;
  expect(error.fix).not.toBe('');
  const blocking = run.of('log').filter(({ msg }) => msg === 'The preflight blocks') as { fix?: string }[];
  expect(blocking.every(({ fix }) => fix !== '')).toBe(true);
  return error.code === 'preflight.blocked' ? String(error.facts.rows) : error.code;
}

/** What the command said, and how it ended. Its state is kept apart from that of others. */
async function refusedBy(command: 'preflight' | 'migrate', source: string, target: string): Promise<string> {
  const state = command === 'migrate' ? ['--state', tempDir('state')] : ['--json'];
  const { code, stdout, stderr } = await runFerry([command, ...state, source, target]);
  expect([1, 3, 64], `${stdout}${stderr}`).toContain(code);
  const blocking = command === 'preflight' && code === 3 ? blockingRows(stdout) : null;
  if (blocking === null) expect(stderr).toMatch(/error\[[a-z]+\.[a-z_]+\]: .+ fix: ./);
  return blocking ?? stderr;
}

/** The checks of a report that block; each says what to do. */
function blockingRows(report: string): string {
  const { rows } = JSON.parse(report) as { rows: { id: string; code: string; status: string; fix?: string }[] };
  const failed = rows.filter(({ status }) => status === 'fail');
  expect(failed.filter(({ fix = '' }) => fix === '')).toEqual([]);
  return failed.map(({ id, code }) => `${id} ${code}`).join(',');
}

/** Fails unless the engine and both commands say so. */
async function expectRefused(source: string, target: string, code: string): Promise<void> {
  expect(await refusal(source, target)).toContain(code);
  expect(await refusedBy('preflight', source, target)).toContain(code);
  expect(await refusedBy('migrate', source, target)).toContain(code);
}

async function keysOf(servers: readonly RedisServer[]): Promise<string[]> {
  return (await Promise.all(servers.map(({ client }) => client.keys('*')))).flat();
}

describe.each(rows)('%s is refused before anything is written', (_, open, asSource, asTarget) => {
  test('as a source', async () => {
    const [bad, good] = await Promise.all([open(), startRedis()]);
    await expectRefused(bad.url, good.url, asSource);
    expect(await keysOf([good, ...bad.servers])).toEqual([]);
  });

  test('as a target', async () => {
    const [bad, good] = await Promise.all([open(), startRedis()]);
    await good.client.set('k', 'v');
    await expectRefused(good.url, bad.url, asTarget);
    expect(await keysOf(bad.servers)).toEqual([]);
  });
});

describe('a source that is also the target is refused before anything is written', () => {
  test.each([
    [
      'behind another name',
      async () => {
        const server = await startRedis();
        return { servers: [server], pairs: [[server.url, server.url.replace('127.0.0.1', 'localhost')]] };
      },
    ],
    [
      'behind a unix socket',
      async () => {
        const socket = path.join(tempDir('socket'), 'r.sock');
        const server = await startRedis({ args: ['--unixsocket', socket] });
        return { servers: [server], pairs: [[server.url, `unix://${socket}`]] };
      },
    ],
    [
      'behind an address that leads to it',
      async () => {
        const server = await startRedis();
        const proxy = await faultProxy({ port: server.port });
        return { servers: [server], pairs: [[server.url, proxy.url]] };
      },
    ],
    [
      'as a server of a pool',
      async () => {
        const { servers, url } = await startPool();
        const [one] = servers.map((server) => server.url) as [string];
        return {
          servers,
          pairs: [
            [one, url],
            [url, one],
          ],
        };
      },
    ],
    [
      'behind a map of addresses',
      async () => {
        const cluster = await startCluster();
        const ports = await Promise.all(cluster.nodes.map(({ server }) => faultProxy({ port: server.port })));
        const map = cluster.nodes.map(({ server }, at) => `127.0.0.1:${server.port}=127.0.0.1:${ports[at]?.port}`);
        const hidden = `redis+cluster://127.0.0.1:${ports[0]?.port}?addressMap=${map.join(',')}`;
        return {
          servers: cluster.nodes.map(({ server }) => server),
          pairs: [
            [cluster.url, hidden],
            [hidden, cluster.node(1).server.url],
          ],
        };
      },
    ],
    [
      'behind another node of a cluster',
      async () => {
        const { nodes, url } = await startCluster({ replicas: 1 });
        const at = (n: number) => `redis+cluster://127.0.0.1:${nodes[n]?.server.port}`;
        return {
          servers: nodes.map(({ server }) => server),
          pairs: [
            [url, at(1)],
            [at(0), at(4)],
          ],
        };
      },
    ],
    [
      'behind sentinels, and its replica',
      async () => {
        const group = await startSentinel({ replicas: 1 });
        const [primary, replica] = group.servers.map(({ url }) => url) as [string, string];
        return {
          servers: [...group.servers],
          pairs: [
            [group.url, primary],
            [primary, group.url],
            [group.url, replica],
          ],
        };
      },
    ],
  ])('%s', async (_, open) => {
    const { servers, pairs } = await open();
    for (const [source = '', target = ''] of pairs) await expectRefused(source, target, 'pair.same_instance');
    expect(await keysOf(servers)).toEqual([]);
  });
});
