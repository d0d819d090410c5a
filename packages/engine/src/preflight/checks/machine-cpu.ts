import { availableParallelism, loadavg } from 'node:os';
import { counted } from '@cacheferry/kernel';
import type { Check, Finding } from '../check.ts';

/** Processors of this machine against the shards, and what else it does. */
export const machineCpu: Check = {
  id: 'machine.cpu',
  scope: 'machine',
  outcomes: {
    enough: { status: 'pass', message: 'This machine has {cores} {cores|processor|processors}, at a load of {load}' },
    few: {
      status: 'warn',
      message: 'This machine has {cores} {cores|processor|processors} for {shards} {shards|shard|shards}',
      fix: 'Choose another machine, or spread the shards over several.',
    },
    busy: {
      status: 'warn',
      message: 'This machine is busy: a load of {load} on {cores} {cores|processor|processors}',
      fix: 'Choose another machine, or lower --connections.',
    },
  },
  run: async ({ source }) => {
    const shards = await source.shardCount();
    return judgeCpu({ cores: availableParallelism(), load: loadavg()[1] ?? 0, shards });
  },
};

/** One processor carries four shards; the load is the mean of five minutes. */
export function judgeCpu({ cores, load, shards }: { cores: number; load: number; shards: number }): Finding {
  const outcome = cores * 4 < shards ? 'few' : load / cores > 0.7 ? 'busy' : 'enough';
  const facts = { cores, shards, load: load.toFixed(1) };
  return {
    outcome,
    observed: `${counted(cores, 'processor')}, load ${facts.load}`,
    expected: 'one for 4 shards, load below 0.7 each',
    facts,
  };
}
