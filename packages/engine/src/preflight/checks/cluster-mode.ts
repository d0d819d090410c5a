import { type Check, type CheckContext, type Finding, onEachNode } from '../check.ts';
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
};

const isPlain = (end: CheckContext['source']): boolean => end.endpoint.kind === 'standalone';

/** A node of a cluster behind the address of a single server. */
export const sourceCluster: Check = {
  id: 'source.cluster',
  scope: 'source',
  outcomes,
  applies: ({ source }) => isPlain(source),
  run: ({ source }) => onEachNode(source, async (node) => judgeClusterMode(await node.info(), 'source')),
};
export const targetCluster: Check = {
  id: 'target.cluster',
  scope: 'target',
  outcomes,
  applies: ({ target }) => isPlain(target),
  run: ({ target }) => onEachNode(target, async (node) => judgeClusterMode(await node.info(), 'target')),
};

/** A source can be one node on purpose; a target cannot. */
export function judgeClusterMode(info: Info, role: 'source' | 'target'): Finding {
  if (info.text('cluster_enabled') !== '1') return { outcome: 'fits', observed: 'a single server' };
  const outcome = role === 'source' ? 'part_of_cluster' : 'is_cluster';
  return { outcome, observed: 'a node of a cluster', expected: 'a single server' };
}
