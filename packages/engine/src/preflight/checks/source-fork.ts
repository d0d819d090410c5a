import { byStream, type Check, type Finding, onEachNode } from '../check.ts';
import { volumeOf } from '../estimate.ts';
import type { Info } from '../info.ts';
import { formatBytes, formatMs } from '../units.ts';

/** A snapshot is made by a fork: it takes memory for what is written meanwhile, and stops the server for a moment. */
export const sourceFork: Check = {
  id: 'source.fork',
  scope: 'source',
  outcomes: {
    enough: { status: 'pass', message: 'The host of {endpoint} has {free} of memory for its snapshot' },
    little_memory: {
      status: 'warn',
      message: 'The host of {endpoint} has {free} of memory for its snapshot, up to {needed} may be needed',
      fix: 'Take the snapshot at a quiet hour, or read from a replica on another host.',
    },
    slow: {
      status: 'warn',
      message: '{endpoint} stood still for {pause} when it forked last',
      fix: 'Read from a replica, or start at a quiet hour.',
    },
    unknown: { status: 'pass', message: '{endpoint} does not tell how much memory its host has' },
  },
  applies: byStream,
  run: ({ source }) =>
    onEachNode(source, async (node) => judgeFork(await node.info(), (await volumeOf(node)).dataBytes)),
};

/** A third of the data is written anew during a snapshot at most, as a rule. */
export function judgeFork(info: Info, dataBytes: number): Finding {
  const total = info.number('total_system_memory');
  const needed = dataBytes * 0.3;
  const expected = `${formatBytes(needed)} or more, a fork below 500 ms`;
  const pauseMs = (info.number('latest_fork_usec') ?? 0) / 1_000;
  const free = total === null ? null : Math.max(0, total - (info.number('used_memory_rss') ?? 0));
  const facts = { free: formatBytes(free ?? 0), needed: formatBytes(needed), pause: formatMs(pauseMs) };
  if (free !== null && free < needed)
    return { outcome: 'little_memory', observed: `${facts.free} free`, expected, facts };
  if (pauseMs > 500) return { outcome: 'slow', observed: facts.pause, expected, facts };
  return { outcome: free === null ? 'unknown' : 'enough', observed: `${facts.free} free`, expected, facts };
}
