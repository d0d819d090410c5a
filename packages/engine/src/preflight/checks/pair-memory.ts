import { bothServers, type Check, type Finding, onEachNode } from '../check.ts';
import { ownCheckpoint } from '../checkpoints.ts';
import type { Info } from '../info.ts';
import { bytesByTarget } from '../share-of-slots.ts';
import { configSize, formatBytes } from '../units.ts';

/** Room on each server of the target for the part of the data that comes to it. */
export const pairMemory: Check = {
  id: 'pair.memory',
  scope: 'pair',
  outcomes: {
    enough: { status: 'pass', message: '{endpoint} has {free} of memory left, {needed} are needed' },
    tight: {
      status: 'warn',
      message: '{endpoint} has {free} of memory left, and about {needed} are needed',
      fix: 'Raise maxmemory on the target, or leave keys out.',
      command: '{raise}',
    },
    too_small: {
      status: 'fail',
      message: '{endpoint} needs {needed} of memory and has {free}',
      fix: 'Raise maxmemory on the target, use a bigger host, or leave keys out.',
      command: '{raise}',
      overridable: true,
    },
    unknown: { status: 'pass', message: '{endpoint} does not tell how much memory it has' },
  },
  applies: bothServers,
  run: async ({ source, target, task }) => {
    const bytesFor = await bytesByTarget(source, target);
    return onEachNode(target, async (node) => {
      const { host, port } = await node.address();
      return judgeRoom(await node.info(), {
        dataBytes: await bytesFor(node),
        host,
        port,
        isResumed: await ownCheckpoint(node, task),
      });
    });
  },
};

export type Room = { dataBytes: number; host: string; port: number; isResumed: boolean };

/** 15 % more than the data for the target's own tables; a resumed target holds part of it already. */
export function judgeRoom(info: Info, { dataBytes, host, port, isResumed }: Room): Finding {
  const needed = dataBytes * 1.15;
  const limit = info.number('maxmemory') ?? 0;
  const used = info.number('used_memory') ?? 0;
  const host0 = info.number('total_system_memory');
  const free = limit > 0 ? limit - used : host0 === null ? null : host0 - (info.number('used_memory_rss') ?? used);
  const wanted = formatBytes(needed * 1.3);
  const expected = `${wanted} or more`;
  if (free === null) return { outcome: 'unknown', observed: 'unknown', expected };
  const held = isResumed ? (info.number('used_memory_dataset') ?? 0) : 0;
  const outcome = free + held < needed ? 'too_small' : free + held < needed * 1.3 ? 'tight' : 'enough';
  const setting = configSize(used + needed * 1.5);
  const raise = limit > 0 ? `redis-cli -h ${host} -p ${port} CONFIG SET maxmemory ${setting}` : '';
  const facts = { host, port, free: formatBytes(free), needed: formatBytes(needed), wanted, raise };
  return { outcome, observed: `${facts.free} free`, expected, facts };
}
