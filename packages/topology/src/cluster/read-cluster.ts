import { FerryError } from '@cacheferry/kernel';
import { type Connection, type Reply, ReplyError } from '@cacheferry/resp';
import { ClusterView, parseClusterNodes } from './cluster-view.ts';

type Place = { host: string; port: number };

/**
 * Asks one server of a cluster for its view.
 *
 * Members are named by the address that the cluster wants clients to use (≥ 7.0: `cluster-preferred-endpoint-type`), so
 * that host names fit their certificates.
 * Throws `cluster.disabled` when it is no cluster.
 */
export async function readCluster(connection: Connection, asked: Place): Promise<ClusterView> {
  const [nodes, slots] = await connection.pipeline([
    ['CLUSTER', 'NODES'],
    ['CLUSTER', 'SLOTS'],
  ]);
  if (nodes instanceof ReplyError) {
    if (/cluster support disabled/i.test(nodes.message))
      throw new FerryError('cluster.disabled', { endpoint: connection.endpoint });
    throw connection.classify(nodes, 'CLUSTER|NODES');
  }
  const preferred = slots instanceof ReplyError ? new Map() : preferredPlaces(slots as Reply[], asked);
  const members = parseClusterNodes(String(nodes), asked).map((member) => ({ ...member, ...preferred.get(member.id) }));
  return new ClusterView(members);
}

/** From `[first, last, [host, port, id, …]…]…`; a host that is null or `?` is the one that was asked. */
function preferredPlaces(slots: readonly Reply[], asked: Place): Map<string, Place> {
  const servers = slots.flatMap((range) => (range as Reply[]).slice(2)) as Reply[][];
  return new Map(
    servers.flatMap(([host, port, id]) => {
      const name = host === null || host === undefined ? '' : String(host);
      const isKnown = name !== '' && name !== '?';
      return id ? [[String(id), { host: isKnown ? name : asked.host, port: Number(port) }]] : [];
    }),
  );
}
