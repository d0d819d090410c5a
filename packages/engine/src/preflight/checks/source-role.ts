import { byStream, type Check, type Finding, onEachNode } from '../check.ts';
import type { Info } from '../info.ts';

/** A replica can be the source while its link to its primary is up. */
export const sourceRole: Check = {
  id: 'source.role',
  scope: 'source',
  outcomes: {
    primary: { status: 'pass', message: '{endpoint} is a primary' },
    replica: { status: 'pass', message: '{endpoint} is a replica of {primary}, and its link is up' },
    lagging: {
      status: 'warn',
      message: '{endpoint} is a replica that last heard from {primary} {seconds} s ago',
      fix: 'Use its primary as the source, or find out why the link is slow.',
    },
    link_down: {
      status: 'fail',
      message: '{endpoint} is a replica whose link to {primary} is down: it has no current data and refuses PSYNC',
      fix: 'Heal the replica, or use its primary as the source.',
      command: 'redis-cli -h {host} -p {port} REPLICAOF {primaryHost} {primaryPort}',
    },
  },
  applies: byStream,
  run: ({ source }) =>
    onEachNode(source, async (node) => {
      const { host, port } = await node.address();
      return judgeRole(await node.info(), { host, port });
    }),
};

/** Old servers write `slave`. */
export function judgeRole(info: Info, address: { host: string; port: number }): Finding {
  const expected = 'a primary, or a replica in touch with it';
  if (info.text('role') !== 'slave') return { outcome: 'primary', observed: 'primary', expected };
  const primaryHost = info.text('master_host') ?? '?';
  const primaryPort = info.text('master_port') ?? '?';
  const seconds = info.number('master_last_io_seconds_ago') ?? 0;
  const facts = { ...address, primaryHost, primaryPort, primary: `${primaryHost}:${primaryPort}`, seconds };
  if (info.text('master_link_status') !== 'up')
    return { outcome: 'link_down', observed: 'replica, link down', expected, facts };
  // A primary sends at least a PING every ten seconds.
  if (seconds > 20) return { outcome: 'lagging', observed: `replica, silent for ${seconds} s`, expected, facts };
  return { outcome: 'replica', observed: 'replica, link up', expected, facts };
}
