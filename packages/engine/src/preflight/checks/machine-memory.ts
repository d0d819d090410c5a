import type { Check } from '../check.ts';
import { formatBytes, mib } from '../units.ts';

/** Memory of this machine against what an engine takes: a base, and some per shard. */
export const machineMemory: Check = {
  id: 'machine.memory',
  scope: 'machine',
  outcomes: {
    enough: { status: 'pass', message: 'This machine has {available} of memory to give' },
    low: {
      status: 'warn',
      message: 'This machine has {available} of memory to give, {wanted} would be comfortable',
      fix: 'Lower --batch and --connections, or choose another machine.',
    },
    too_low: {
      status: 'fail',
      message: 'This machine has {available} of memory to give, the engine needs {needed}',
      fix: 'Free memory, choose another machine, or spread the shards over several machines.',
    },
  },
  run: async ({ source }) => {
    const shards = await source.shardCount();
    return judgeMemory(process.availableMemory(), shards);
  },
};

/** Below 256 MiB + 32 MiB a shard it cannot work, below twice that it may have to wait. */
export function judgeMemory(availableBytes: number, shards: number) {
  const needed = 256 * mib + 32 * mib * shards;
  const wanted = 2 * needed;
  const outcome = availableBytes < needed ? 'too_low' : availableBytes < wanted ? 'low' : 'enough';
  const facts = { available: formatBytes(availableBytes), needed: formatBytes(needed), wanted: formatBytes(wanted) };
  return { outcome, observed: facts.available, expected: `${facts.wanted} or more`, facts };
}
