import { type Answer, type Check, type CheckContext, type Finding, onEachNode } from '../check.ts';
import { judgeCluster, lookAtCluster } from '../cluster-health.ts';
import type { Info } from '../info.ts';

const outcomes: Check['outcomes'] = {
  fits: { status: 'pass', message: '{endpoint} is what its address says' },
  part_of_cluster: {
    status: 'warn',
    message: '{endpoint} is one node of a cluster: only its slots are copied',
    fix: 'Write redis+cluster://{endpoint} for all of it.',
  },
  is_cluster: {
    status: 'fail',
    message: '{endpoint} is one node of a cluster: it refuses keys of other slots',
    fix: 'Write redis+cluster://{endpoint}.',
  },
  healthy: { status: 'pass', message: '{primaries} {primaries|primary serves|primaries serve} all {slots} slots' },
  no_replica: {
    status: 'warn',
    message: 'Without a replica: {nodes}. When such a server fails, its keys are out of reach',
    fix: 'Add replicas, or make sure that these servers stay up during the run.',
  },
  views_differ: {
    status: 'warn',
    message: 'The servers of the cluster do not agree who has slot {slot}: {a} or {b}',
    fix: 'Wait until they agree, or look at it with redis-cli --cluster check {endpoint}.',
    command: 'redis-cli --cluster check {endpoint}',
  },
  slots_missing: {
    status: 'fail',
    message: '{count} {count|slot of the cluster has|slots of the cluster have} no server: {ranges}',
    fix: 'Give them to a server, then ask again.',
    command: 'redis-cli --cluster fix {endpoint}',
  },
  primary_failed: {
    status: 'fail',
    message: 'Servers have failed, and their slots with them: {nodes}',
    fix: 'Bring them back, or let their replicas take over.',
  },
  not_ok: {
    status: 'fail',
    message: '{endpoint} says that the cluster is down',
    fix: 'Look at it with redis-cli --cluster check {endpoint}, and mend it first.',
    command: 'redis-cli --cluster check {endpoint}',
  },
  moving: {
    status: 'fail',
    message: '{count} {count|slot is on its way|slots are on their way} from one server to another: {ranges}',
    fix: 'Let the move of the slots end first.',
    command: 'redis-cli --cluster check {endpoint}',
    overridable: true,
  },
};

const isAsked = ({ endpoint }: CheckContext['source']): boolean =>
  endpoint.kind === 'standalone' || endpoint.kind === 'cluster';

/** A cluster has to be whole and at rest; a node of one does not belong behind the address of a single server. */
export const sourceCluster: Check = {
  id: 'source.cluster',
  scope: 'source',
  outcomes,
  applies: ({ source }) => isAsked(source),
  run: ({ source }) => lookAt(source),
};
export const targetCluster: Check = {
  id: 'target.cluster',
  scope: 'target',
  outcomes,
  applies: ({ target }) => isAsked(target),
  run: ({ target }) => lookAt(target),
};

async function lookAt(end: CheckContext['source']): Promise<readonly Answer[] | Finding> {
  const directory = await end.directory();
  if (!directory) return onEachNode(end, async (node) => judgeClusterMode(await node.info(), end.role));
  return judgeCluster(await lookAtCluster(await end.nodes(), await directory.view()));
}

/** A source can be one node on purpose; a target cannot. */
export function judgeClusterMode(info: Info, role: 'source' | 'target'): Finding {
  if (info.text('cluster_enabled') !== '1') return { outcome: 'fits', observed: 'a single server' };
  const outcome = role === 'source' ? 'part_of_cluster' : 'is_cluster';
  return { outcome, observed: 'a node of a cluster', expected: 'a single server' };
}
