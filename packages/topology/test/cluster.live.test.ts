import { parseEndpointUrl } from '@cacheferry/contract';
import { openConnection } from '@cacheferry/resp';
import { hasServer, type ServerVersion, startCluster, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { ClusterDirectory, keySlot, openTopology, type Shard } from '../src/index.ts';

afterAll(() => stopEverything());

const directoryOf = (url: string) => {
  const endpoint = parseEndpointUrl(url);
  if (endpoint.kind !== 'cluster') throw new Error('not the address of a cluster');
  return new ClusterDirectory(endpoint);
};

describe.each(['redis@6.0', 'redis@7.0', 'valkey@8.1', 'valkey@9'] satisfies ServerVersion[])(
  'a cluster of %s',
  (version) => {
    test('is found by one of its nodes, with its password, and a moved slot is seen', async ({ skip }) => {
      if (!(await hasServer(version))) skip();
      const cluster = await startCluster({ version, password: 'p' });
      const one = `redis+cluster://:p@127.0.0.1:${cluster.node(2).server.port}`;
      const directory = directoryOf(one);
      const view = await directory.refresh();
      expect(view.primaries.map(({ id }) => id)).toEqual(cluster.nodes.map(({ id }) => id));
      expect(view.firstUnserved).toBe(-1);
      const slot = keySlot(Buffer.from('{a}b'));
      await cluster.moveSlot(slot, (cluster.nodes.findIndex(({ id }) => id === view.ownerOf(slot)?.id) + 1) % 3);
      expect((await directory.refresh()).ownerOf(slot)?.id).toBe((await cluster.ownerOf(slot)).id);
    });
  },
);

test('each primary can be reached over TLS at the host name that it announces', async () => {
  const args = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'];
  const cluster = await startCluster({ tls: true, args });
  const { shards } = await openTopology(parseEndpointUrl(cluster.url), 'target');
  for (const shard of shards) {
    const address = await shard.locate();
    expect(address.host).toBe('localhost');
    const connection = await openConnection({ ...address });
    expect(String(await connection.call('CLUSTER', 'MYID'))).toBe(shard.id);
    await connection.close();
  }
});

test('nodes that announce what cannot be reached from here are reached by a map of addresses', async () => {
  const args = ['--cluster-announce-hostname', 'inner.invalid', '--cluster-preferred-endpoint-type', 'hostname'];
  const cluster = await startCluster({ args });
  const [first, ...others] = cluster.nodes.map(({ server }) => server.port);
  const url = `redis+cluster://127.0.0.1:${first}`;
  const unreached = await openTopology(parseEndpointUrl(url), 'target');
  await expect(openConnection({ ...(await (unreached.shards[1] as Shard).locate()) })).rejects.toThrow();
  for (const map of [
    'inner.invalid=127.0.0.1',
    others.map((port) => `inner.invalid:${port}=127.0.0.1:${port}`).join(),
  ]) {
    const { shards } = await openTopology(
      parseEndpointUrl(`${url}?addressMap=inner.invalid:${first}=127.0.0.1:${first},${map}`),
      'target',
    );
    for (const shard of shards) {
      const connection = await openConnection({ ...(await shard.locate()) });
      expect(String(await connection.call('CLUSTER', 'MYID'))).toBe(shard.id);
      await connection.close();
    }
  }
});

test('a single server is no cluster, and an address where nobody listens is none either', async () => {
  const single = await startRedis();
  await expect(directoryOf(`redis+cluster://127.0.0.1:${single.port}`).refresh()).rejects.toMatchObject({
    code: 'cluster.disabled',
  });
  await expect(directoryOf('redis+cluster://127.0.0.1:1').refresh()).rejects.toMatchObject({
    code: 'cluster.unreachable',
  });
});
