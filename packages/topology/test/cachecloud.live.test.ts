import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseEndpointUrl, withSecrets } from '@cacheferry/contract';
import { startCluster, startRedis, startSentinel, stopEverything } from '@cacheferry/testkit';
import { openConnection } from '@cacheferry/resp';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openTopology, resolveEndpoint } from '../src/index.ts';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));
afterAll(() => stopEverything());

type Application = { type: 'standalone' | 'sentinel' | 'cluster'; facts: Record<string, unknown> };
type Asked = { path: string; authorization: string | undefined };

/** Answers as CacheCloud's controllers for clients do: a page for each type, and a refusal on those of other types. */
async function cacheCloud(applications: Record<string, Application>, asked: Asked[] = []): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, authorization: request.headers.authorization });
    const [, type, app = ''] = /^\/cc\/cache\/client\/redis\/(\w+)\/(\d+)\.json$/.exec(path) ?? [];
    const found = applications[app];
    const refused = (message: string) => ({ status: -1, message });
    const body = !found
      ? refused(`appId:${app} 不存在`)
      : found.type !== type
        ? refused(`appId:${app} 类型不符`)
        : { status: 1, message: `appId:${app} client is up to date, Cheers!`, pkey: '', ...found.facts };
    response.setHeader('content-type', 'application/json;charset=UTF-8');
    response.end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `cachecloud+http://127.0.0.1:${(server.address() as AddressInfo).port}/cc`;
}

describe('an application of CacheCloud', () => {
  test('is a server, a group behind sentinels or a cluster, and its servers are found', async () => {
    const [single, group, cluster] = await Promise.all([
      startRedis({ password: 'p' }),
      startSentinel(),
      startCluster(),
    ]);

    const places = group.url.replace(/^[^/]*\/\/([^@/]*@)?/, '').split('/');
    const nodes = cluster.nodes.map(({ server }) => `127.0.0.1:${server.port}`);
    const url = await cacheCloud({
      10001: { type: 'standalone', facts: { standalone: `127.0.0.1:${single.port}` } },
      10002: { type: 'sentinel', facts: { sentinels: (places[0] ?? '').replaceAll(',', ' '), masterName: places[1] } },
      10003: { type: 'cluster', facts: { shardNum: 3, shardInfo: nodes.join(' ') } },
    });
    const primary = await group.primary();
    for (const [app, password, kind, ports] of [
      ['10001', 'p', 'standalone', [single.port]],
      ['10002', undefined, 'sentinel', [primary.port]],
      ['10003', undefined, 'cluster', cluster.nodes.map(({ server }) => server.port)],
    ] as const) {
      const endpoint = withSecrets(parseEndpointUrl(`${url}?app=${app}`), password === undefined ? {} : { password });
      const topology = await openTopology(endpoint, 'source');
      expect(topology.kind).toBe(kind);
      const addresses = await Promise.all(topology.shards.map((shard) => shard.locate()));
      expect(addresses.map(({ port }) => port).sort()).toEqual([...ports].sort());
      for (const address of addresses) {
        const connection = await openConnection(address);
        expect(String(await connection.call('PING'))).toBe('PONG');
        await connection.close();
      }
      await topology.close();
    }
  });

  test('gets the token in a header, never in the address', async () => {
    const asked: Asked[] = [];
    const url = await cacheCloud({ 7: { type: 'cluster', facts: { shardInfo: 'h:1,h:2 h:3,h:4' } } }, asked);
    const endpoint = withSecrets(parseEndpointUrl(`${url}?app=7`), { token: 'secret' });
    const nodes = [1, 2, 3, 4].map((port) => ({ host: 'h', port }));
    expect(await resolveEndpoint(endpoint)).toMatchObject({ kind: 'cluster', nodes });
    expect(asked.map(({ authorization }) => authorization)).toEqual(Array(3).fill('Bearer secret'));
    expect(asked.some(({ path }) => path.includes('secret'))).toBe(false);
  });

  test.each([
    ['that is not there', '9', {}, /不存在/],
    ['without an instance', '7', { standalone: null }, /address of an instance/],
    ['whose address cannot be read', '7', { standalone: '10.0.0.1:99999' }, /address that can be read/],
  ])('%s is refused', async (_, app, facts, text) => {
    const url = await cacheCloud({ 7: { type: 'standalone', facts } });
    const work = resolveEndpoint(parseEndpointUrl(`${url}?app=${app}`));
    await expect(work).rejects.toMatchObject({ code: 'cachecloud.refused' });
    await expect(work).rejects.toThrow(text);
  });

  test.each([
    ['a page that is no JSON', (_: string) => '<html>', 200],
    ['a redirect to a login', (_: string) => '', 302],
    ['an error', (_: string) => '{}', 500],
    ['more than a megabyte', (_: string) => `"${'x'.repeat(1_100_000)}"`, 200],
  ])('is not found behind %s', async (_, body, status) => {
    const server = createServer((request, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' });
      response.end(body(request.url ?? ''));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `cachecloud+http://127.0.0.1:${(server.address() as AddressInfo).port}?app=7`;
    await expect(resolveEndpoint(parseEndpointUrl(url))).rejects.toMatchObject({ code: 'cachecloud.unreachable' });
  });

  test('is not found where nobody listens', async () => {
    const work = resolveEndpoint(parseEndpointUrl('cachecloud+http://127.0.0.1:1?app=7'));
    await expect(work).rejects.toMatchObject({ code: 'cachecloud.unreachable' });
  });
});
