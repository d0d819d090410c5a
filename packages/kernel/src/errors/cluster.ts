import type { ErrorArea } from './spec.ts';

/** What can be wrong with a cluster as a whole. */
export const clusterErrors = {
  'cluster.unreachable': {
    http: 502,
    exit: 1,
    retry: true,
    title: 'No node of the cluster answers: {nodes}',
    fix: 'Check host, port and firewall of its nodes, from the machine that runs the migration.',
  },
  'cluster.disabled': {
    http: 422,
    exit: 1,
    retry: false,
    title: '{endpoint} is a single server, not a node of a cluster',
    fix: 'Write redis://{endpoint}.',
  },
  'cluster.no_primary': {
    http: 503,
    exit: 1,
    retry: true,
    title: 'No primary of the shard {shard} is known to {nodes} now',
    fix: 'Wait for the failover to end. If it does not, look at CLUSTER NODES.',
  },
  'cluster.slots_moving': {
    http: 409,
    exit: 1,
    retry: true,
    title: 'Slots of {endpoint} keep moving, so keys may be seen on none of its nodes',
    fix: 'Check again when the resharding is done.',
  },
} as const satisfies ErrorArea;
