import { type ClusterNode, type RedisCluster, SlotMove, startRedis, waitFor } from '@cacheferry/testkit';

const clustered = [
  '--cluster-enabled',
  'yes',
  '--cluster-config-file',
  'nodes.conf',
  '--cluster-node-timeout',
  '1500',
].concat(['--cluster-allow-replica-migration', 'no']);

/** A further primary, without slots, that all nodes know. */
export async function join(cluster: RedisCluster, args: readonly string[] = []): Promise<ClusterNode> {
  const server = await startRedis({ args: [...clustered, ...args] });
  const { host, port } = cluster.node(0).server;
  await server.client.call('CLUSTER', 'MEET', host, port);
  const known = `cluster_known_nodes:${cluster.nodes.length + 1}`;
  const knows = async (node: { server: typeof server }) => {
    const info = String(await node.server.client.call('CLUSTER', 'INFO'));
    return info.includes(known) && info.includes('cluster_state:ok');
  };
  const isKnown = async () => (await Promise.all([...cluster.nodes, { server }].map(knows))).every(Boolean);
  await waitFor(isKnown, { deadlineMs: 20_000, what: 'the node to be known' });
  return { id: String(await server.client.call('CLUSTER', 'MYID')), server, primary: -1 };
}

/** Moves a slot with its keys between any two nodes. */
export async function move(cluster: RedisCluster, slot: number, { from, to }: Record<'from' | 'to', ClusterNode>) {
  const primaries = [...new Set([...(await cluster.primaries()), from, to])];
  const moving = new SlotMove({ slot, from, to, primaries });
  await moving.begin();
  while ((await moving.keys(100)) > 0);
  await moving.finish();
}

/** Has a node without slots leave, and ends it. */
export async function leave(cluster: RedisCluster, node: ClusterNode): Promise<void> {
  await node.server.kill();
  for (const { server } of cluster.nodes) await server.client.call('CLUSTER', 'FORGET', node.id);
}
