import { byStream, type Check, type Finding, onEachNode } from '../check.ts';

/** How long the source waits for a sign of life before it hangs up. */
export const sourceTimeout: Check = {
  id: 'source.timeout',
  scope: 'source',
  outcomes: {
    enough: { status: 'pass', message: '{endpoint} waits {seconds} s for a sign of life' },
    short: {
      status: 'warn',
      message: '{endpoint} hangs up after {seconds} s without a sign of life',
      fix: 'Wait a minute at least, for the run.',
      command: 'redis-cli -h {host} -p {port} CONFIG SET repl-timeout 60',
    },
    unknown: { status: 'pass', message: '{endpoint} does not tell how long it waits for a sign of life' },
  },
  applies: byStream,
  run: ({ source }) =>
    onEachNode(source, async (node) => {
      const { host, port } = await node.address();
      return judgeTimeout(await node.config('repl-timeout'), { host, port });
    }),
};

/** 60 s is what servers come with. */
export function judgeTimeout(setting: string | null, address: { host: string; port: number }): Finding {
  const expected = '60 s or more';
  if (setting === null) return { outcome: 'unknown', observed: 'unknown', expected };
  const seconds = Number(setting);
  return {
    outcome: seconds < 60 ? 'short' : 'enough',
    observed: `${seconds} s`,
    expected,
    facts: { ...address, seconds },
  };
}
