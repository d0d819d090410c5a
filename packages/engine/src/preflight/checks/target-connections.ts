import { type Check, type Finding, onEachNode, targetServer } from '../check.ts';
import { plannedConnections } from '../estimate.ts';

/** Room for our connections beside those of the clients. */
export const targetConnections: Check = {
  id: 'target.connections',
  scope: 'target',
  outcomes: {
    enough: { status: 'pass', message: '{endpoint} has room for {free} more {free|connection|connections}' },
    few: {
      status: 'warn',
      message: '{endpoint} has room for {free} more {free|connection|connections}, {planned} are planned',
      fix: 'Raise maxclients, or lower --connections.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET maxclients {setting}',
    },
    too_few: {
      status: 'fail',
      message:
        '{endpoint} has room for {free} more {free|connection|connections}, and {planned} are planned with 50 in reserve',
      fix: 'Raise maxclients, or lower --connections.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET maxclients {setting}',
    },
    unknown: { status: 'pass', message: '{endpoint} does not tell how many connections it takes' },
  },
  applies: targetServer,
  run: async ({ source, target, options }) => {
    const attempt = await source.attempt();
    const planned = plannedConnections(options, 'nodes' in attempt ? Math.max(1, attempt.nodes.length) : 1);
    return onEachNode(target, async (node) => {
      const info = await node.info();
      const { host, port } = await node.address();
      const limit = info.number('maxclients') ?? Number((await node.config('maxclients')) ?? Number.NaN);
      return judgeConnections({ limit, used: info.number('connected_clients') ?? 0, planned, host, port });
    });
  },
};

export type ConnectionCount = { limit: number; used: number; planned: number; host: string; port: number };

/** The planned ones and 50 for everybody else. */
export function judgeConnections({ limit, used, planned, host, port }: ConnectionCount): Finding {
  const needed = planned + 50;
  const expected = `${needed} free`;
  if (!Number.isFinite(limit)) return { outcome: 'unknown', observed: 'unknown', expected };
  const free = Math.max(0, limit - used);
  const outcome = free < needed ? 'too_few' : free < 2 * needed ? 'few' : 'enough';
  const facts = { host, port, free, planned, needed, setting: used + 4 * needed };
  return { outcome, observed: `${free} free`, expected, facts };
}
