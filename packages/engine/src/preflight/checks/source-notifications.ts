import { type Check, type Finding, onEachNode } from '../check.ts';

/** A scan that follows hears of changes by notifications; without them it compares everything again and again. */
export const sourceNotifications: Check = {
  id: 'source.notifications',
  scope: 'source',
  outcomes: {
    on: { status: 'pass', message: '{endpoint} tells of every change' },
    off: {
      status: 'warn',
      message: '{endpoint} does not tell of changes: all of its keys are compared again and again',
      fix: 'Let it tell of every change, for the run.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET notify-keyspace-events KA',
    },
    unknown: {
      status: 'warn',
      message: '{endpoint} does not say whether it tells of changes: all of its keys are compared again and again',
      fix: 'Allow CONFIG GET, and let it tell of every change (notify-keyspace-events KA).',
    },
  },
  applies: ({ source, job }) => source.isServer && source.isScan && job.mode === 'sync',
  run: ({ source }) =>
    onEachNode(source, async (node) => {
      const { host, port } = await node.address();
      return judgeNotifications(await node.config('notify-keyspace-events'), { host, port });
    }),
};

/** Every kind of event (A), by key or by event. */
export function judgeNotifications(flags: string | null, address: { host: string; port: number }): Finding {
  const expected = 'KA';
  if (flags === null) return { outcome: 'unknown', observed: 'unknown', expected, facts: address };
  const isOn = flags.includes('A') && /[KE]/.test(flags);
  return {
    outcome: isOn ? 'on' : 'off',
    observed: flags || 'none',
    expected,
    facts: { ...address, flags: flags || 'none' },
  };
}
