import { byStream, type Check, type Finding, onEachNode } from '../check.ts';
import { configSize, formatBytes, formatMs } from '../units.ts';

const bridgedSeconds = 120;

/** The backlog lets a broken link be taken up again without a new full sync. */
export const sourceBacklog: Check = {
  id: 'source.backlog',
  scope: 'source',
  outcomes: {
    enough: { status: 'pass', message: 'The backlog of {endpoint} ({size}) bridges {bridged} of writes' },
    small: {
      status: 'warn',
      message:
        'The backlog of {endpoint} is {size}: a link that is down for longer than {bridged} needs a new full sync',
      fix: 'Make the backlog bigger for the run.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET repl-backlog-size {setting}',
    },
    short_lived: {
      status: 'warn',
      message: '{endpoint} drops its backlog after {ttl} without a replica',
      fix: 'Keep the backlog for an hour.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET repl-backlog-ttl 3600',
    },
  },
  applies: (context) => byStream(context) && context.job.mode === 'sync',
  run: ({ source }) =>
    onEachNode(source, async (node) => {
      const info = await node.info();
      const { host, port } = await node.address();
      const size = info.number('repl_backlog_size') ?? 1_048_576;
      const ttl = await node.config('repl-backlog-ttl');
      const writeBytesPerSecond = Math.round((info.number('instantaneous_input_kbps') ?? 0) * 1_024);
      return judgeBacklog({ size, ttlSeconds: ttl === null ? null : Number(ttl), writeBytesPerSecond, host, port });
    }),
};

export type Backlog = {
  size: number;
  /** 0 = for ever; null = the server does not tell. */
  ttlSeconds: number | null;
  writeBytesPerSecond: number;
  host: string;
  port: number;
};

/** Two minutes of writes are what a restart of a switch or a failover takes. */
export function judgeBacklog({ size, ttlSeconds, writeBytesPerSecond, host, port }: Backlog): Finding {
  const needed = writeBytesPerSecond * bridgedSeconds;
  const bridgedMs = writeBytesPerSecond > 0 ? (size / writeBytesPerSecond) * 1_000 : Number.POSITIVE_INFINITY;
  const bridged = bridgedMs > 86_400_000 ? 'more than a day' : formatMs(bridgedMs);
  const wanted = formatBytes(needed);
  const facts = { host, port, size: formatBytes(size), bridged, wanted, setting: configSize(needed) };
  const expected = `${wanted} or more, kept for an hour`;
  if (size < needed) return { outcome: 'small', observed: facts.size, expected, facts };
  if (ttlSeconds !== null && ttlSeconds > 0 && ttlSeconds < 3_600) {
    const ttl = formatMs(ttlSeconds * 1_000);
    return { outcome: 'short_lived', observed: `kept for ${ttl}`, expected, facts: { ...facts, ttl } };
  }
  return { outcome: 'enough', observed: facts.size, expected, facts };
}
