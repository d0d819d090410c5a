import { isSocketPath } from '@cacheferry/contract';
import { ReplyError } from '@cacheferry/resp';
import { bothServers, type Check, type Finding } from '../check.ts';
import type { End } from '../end.ts';
import type { ServerNode } from '../server-node.ts';

/** What tells a server from another, whatever address it was reached by. */
export type Identity = {
  name: string;
  runId: string | null;
  replicationId: string | null;
  host: string;
  port: number;
  isReplica: boolean;
  /** Ids of the nodes of the cluster that it is part of. */
  clusterNodes: readonly string[];
};

/** Whether the target is the source, or belongs to its replication: then a copy would feed itself. */
export const pairSameInstance: Check = {
  id: 'pair.same_instance',
  scope: 'pair',
  outcomes: {
    apart: { status: 'pass', message: 'Source and target are different servers' },
    same_host: {
      status: 'warn',
      message: 'Source and target run on the same host: they compete for its memory and its processors',
      fix: 'Nothing to do if that is meant.',
    },
    same: {
      status: 'fail',
      message: '{a} and {b} are the same server',
      fix: 'Correct one of the two addresses.',
    },
    same_cluster: {
      status: 'fail',
      message: '{a} and {b} are servers of the same cluster',
      fix: 'Correct one of the two addresses.',
    },
    replicates: {
      status: 'fail',
      message: '{a} and {b} replicate each other, or the same primary',
      fix: 'Take {replica} out of the replication first.',
      command: 'redis-cli -h {host} -p {port} REPLICAOF NO ONE',
    },
  },
  applies: bothServers,
  run: async ({ source, target }) => judgeIdentities(await identities(source), await identities(target)),
};

/** Servers of one replication share the replication id. A server that was promoted gets a new one. */
export function judgeIdentities(sources: readonly Identity[], targets: readonly Identity[]): Finding {
  const pairs = sources.flatMap((a) => targets.map((b) => ({ a, b })));
  const facts = (pair: (typeof pairs)[number]) => ({ a: pair.a.name, b: pair.b.name });
  const expected = 'two servers';
  const same = pairs.find(({ a, b }) => a.runId !== null && a.runId === b.runId);
  if (same) return { outcome: 'same', observed: 'one server', expected, facts: facts(same) };
  const related = pairs.find(({ a, b }) => a.replicationId !== null && a.replicationId === b.replicationId);
  if (related) {
    const { name: replica, host, port } = related.b.isReplica ? related.b : related.a;
    const named = { ...facts(related), replica, host, port };
    return { outcome: 'replicates', observed: 'one replication', expected, facts: named };
  }
  const kin = pairs.find(({ a, b }) => a.clusterNodes.some((id) => b.clusterNodes.includes(id)));
  if (kin) return { outcome: 'same_cluster', observed: 'one cluster', expected, facts: facts(kin) };
  const near = pairs.find(({ a, b }) => hostOf(a) === hostOf(b));
  if (near) return { outcome: 'same_host', observed: 'one host', expected: 'two hosts', facts: facts(near) };
  return { outcome: 'apart', observed: 'two servers', expected };
}

const hostOf = ({ host }: Identity): string => (isSocketPath(host) ? '127.0.0.1' : host);

async function identities(end: End): Promise<Identity[]> {
  return Promise.all(
    (await end.nodes()).map(async (node) => {
      const info = await node.info();
      const address = await node.address();
      const isReplica = info.text('role') === 'slave';
      const id = info.text('master_replid');
      const replicationId = id === null || /^0*$/.test(id) ? null : id;
      const clusterNodes = info.text('cluster_enabled') === '1' ? await clusterNodesOf(node) : [];
      const { name, host, port } = { ...address, name: node.name };
      return { name, runId: info.text('run_id'), replicationId, host, port, isReplica, clusterNodes };
    }),
  );
}

/** A server that was taken out of a cluster keeps its id, and no longer knows the others. */
async function clusterNodesOf(node: ServerNode): Promise<string[]> {
  const reply = await node.ask('CLUSTER', 'NODES');
  if (reply instanceof ReplyError) return [];
  return [...String(reply).matchAll(/^([0-9a-f]{40}) /gm)].map(([, id = '']) => id);
}
