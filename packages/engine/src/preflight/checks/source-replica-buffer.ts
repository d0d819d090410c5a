import type { Clock } from '@cacheferry/kernel';
import { byStream, type Check, type Finding, onEachNode } from '../check.ts';
import { type Volume, volumeOf } from '../estimate.ts';
import { Info } from '../info.ts';
import type { ServerNode } from '../server-node.ts';
import { configSize, formatBytes, mib } from '../units.ts';

const lookOnMs = 2_500;

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
  run: ({ source, clock, signal }) =>
    onEachNode(source, async (node) => {
      const volume = await volumeOf(node);
      const { host, port } = await node.address();
      const judge = async (sustained = volume.writeBytesPerSecond) =>
        judgeReplicaBuffer(await node.config('client-output-buffer-limit'), { ...volume, sustained }, { host, port });
      const found = await judge();
      return found.outcome === 'too_small' ? judge(await sustainedWrites(node, clock, signal)) : found;
    }),
};

/** Bytes per second that clients send while one looks on: what INFO tells is of the last moment, which a burst may fill. */
async function sustainedWrites(node: ServerNode, clock: Clock, signal: AbortSignal): Promise<number> {
  const read = async () => new Info(String(await node.ask('INFO', 'stats'))).number('total_net_input_bytes');
  const [before, since] = [await read(), clock.monotonic()];
  await clock.sleep(lookOnMs, signal);
  const [after, until] = [await read(), clock.monotonic()];
  // A server that does not count them cannot be shown to be calm.
  return before === null || after === null ? Number.POSITIVE_INFINITY : ((after - before) * 1_000) / (until - since);
}

/**
 * Limits of 0 mean none. The soft limit counts as a limit, for a full sync can last longer than its seconds. A burst that
 * has passed (`sustained` is less than the volume's writes) blocks nothing, but may come again.
 */
export function judgeReplicaBuffer(
  setting: string | null,
  volume: Volume & { sustained: number },
  address: { host: string; port: number },
): Finding {
  const limits = /(?:^| )(?:replica|slave) (\d+) (\d+) \d+/.exec(setting ?? '');
  if (limits === null) return { outcome: 'unknown', observed: 'unknown' };
  const [hard, soft] = [limits[1], limits[2]].map((bytes) => Number(bytes) || Number.POSITIVE_INFINITY);
  const limit = Math.min(hard ?? 0, soft ?? 0);
  const needed = volume.writeBytesPerSecond * volume.fullSyncSeconds;
  const lasting = Math.min(needed, volume.sustained * volume.fullSyncSeconds);
  const outcome = (hard ?? 0) < lasting ? 'too_small' : limit < 3 * needed ? 'tight' : 'enough';
  const big = configSize(Math.max(needed * 4, 256 * mib));
  const shown = Number.isFinite(limit) ? formatBytes(limit) : 'without a limit';
  const facts = {
    ...address,
    limit: shown,
    needed: formatBytes(needed),
    wanted: formatBytes(needed * 3),
    setting: `replica ${big} ${big} 120`,
  };
  return { outcome, observed: shown, expected: `${facts.wanted} or more`, facts };
}
