import { byStream, type Check, type Finding, onEachNode } from '../check.ts';
import { type Volume, volumeOf } from '../estimate.ts';
import { configSize, formatBytes, mib } from '../units.ts';

/** The source keeps what is written during the full sync in a buffer per replica; over its limit it hangs up. */
export const sourceReplicaBuffer: Check = {
  id: 'source.replica_buffer',
  scope: 'source',
  outcomes: {
    enough: { status: 'pass', message: 'The replica buffer of {endpoint} ({limit}) is enough for {needed} of writes' },
    tight: {
      status: 'warn',
      message: 'The replica buffer of {endpoint} is {limit}; {needed} may be written during the full sync',
      fix: 'Raise the limit for the run.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET client-output-buffer-limit "{setting}"',
    },
    too_small: {
      status: 'fail',
      message:
        'The replica buffer of {endpoint} is {limit}, and {needed} are written during the full sync: it would be broken off again and again',
      fix: 'Raise the limit for the run.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET client-output-buffer-limit "{setting}"',
      overridable: true,
    },
    unknown: { status: 'pass', message: '{endpoint} does not tell the limit of its replica buffer' },
  },
  applies: byStream,
  run: ({ source }) =>
    onEachNode(source, async (node) => {
      const volume = await volumeOf(node);
      const { host, port } = await node.address();
      return judgeReplicaBuffer(await node.config('client-output-buffer-limit'), volume, { host, port });
    }),
};

/** Limits of 0 mean none. The soft limit counts as a limit, for a full sync can last longer than its seconds. */
export function judgeReplicaBuffer(
  setting: string | null,
  volume: Volume,
  address: { host: string; port: number },
): Finding {
  const limits = /(?:^| )(?:replica|slave) (\d+) (\d+) \d+/.exec(setting ?? '');
  if (limits === null) return { outcome: 'unknown', observed: 'unknown' };
  const [hard, soft] = [limits[1], limits[2]].map((bytes) => Number(bytes) || Number.POSITIVE_INFINITY);
  const limit = Math.min(hard ?? 0, soft ?? 0);
  const needed = volume.writeBytesPerSecond * volume.fullSyncSeconds;
  const outcome = (hard ?? 0) < needed ? 'too_small' : limit < 3 * needed ? 'tight' : 'enough';
  const big = configSize(Math.max(needed * 4, 256 * mib));
  const shown = Number.isFinite(limit) ? formatBytes(limit) : 'without a limit';
  const facts = { ...address, limit: shown, needed: formatBytes(needed), setting: `replica ${big} ${big} 120` };
  return { outcome, observed: shown, expected: `${formatBytes(needed * 3)} or more`, facts };
}
