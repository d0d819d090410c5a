import { type Check, type Finding, onEachNode, targetServer } from '../check.ts';
import type { Info } from '../info.ts';

/** A target that evicts loses keys that were copied, when it runs full. */
export const targetEviction: Check = {
  id: 'target.eviction',
  scope: 'target',
  outcomes: {
    none: { status: 'pass', message: '{endpoint} evicts nothing' },
    evicting: {
      status: 'warn',
      message: '{endpoint} evicts keys when it is full ({policy}): copied keys could vanish',
      fix: 'Refuse writes in place of evicting, for the run.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET maxmemory-policy noeviction',
    },
    evicting_full: {
      status: 'fail',
      message:
        '{endpoint} evicts keys when it is full ({policy}), and its memory will not do: copied keys would vanish',
      fix: 'Raise maxmemory, and refuse writes in place of evicting.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET maxmemory-policy noeviction',
    },
  },
  applies: targetServer,
  run: async ({ target, statusOf }) => {
    const memory = await statusOf('pair.memory');
    return onEachNode(target, async (node) => {
      const { host, port } = await node.address();
      const policy =
        (await node.info()).text('maxmemory_policy') ?? (await node.config('maxmemory-policy')) ?? 'noeviction';
      return judgeEviction(await node.info(), policy, memory === 'pass', { host, port });
    });
  },
};

/** Without a limit of memory nothing is evicted, whatever the policy says. */
export function judgeEviction(
  info: Info,
  policy: string,
  hasRoom: boolean,
  address: { host: string; port: number },
): Finding {
  const expected = 'noeviction';
  const isEvicting = policy !== 'noeviction' && (info.number('maxmemory') ?? 0) > 0;
  const outcome = !isEvicting ? 'none' : hasRoom ? 'evicting' : 'evicting_full';
  return { outcome, observed: policy, expected, facts: { ...address, policy } };
}
