import { type Check, type Finding, onEachNode, sourceServer } from '../check.ts';
import { Info } from '../info.ts';
import type { ServerNode } from '../server-node.ts';

const windowMs = 1_000;

/** How busy the source is: a copy takes from what is left. */
export const sourceLoad: Check = {
  id: 'source.load',
  scope: 'source',
  isSlow: true,
  outcomes: {
    idle: {
      status: 'pass',
      message: '{endpoint} uses {percent} % of a processor for {ops} {ops|command|commands} a second',
    },
    busy: {
      status: 'warn',
      message: '{endpoint} uses {percent} % of a processor for {ops} {ops|command|commands} a second',
      fix: 'Set a rate (--rate-bytes), read from a replica, or start at a quiet hour.',
    },
    unknown: { status: 'pass', message: '{endpoint} does not tell how busy it is' },
  },
  applies: sourceServer,
  run: ({ source, clock, signal }) =>
    onEachNode(source, async (node) => {
      const before = await infoAnew(node);
      const start = clock.monotonic();
      await clock.sleep(windowMs, signal);
      const after = await infoAnew(node);
      return judgeLoad(before, after, (clock.monotonic() - start) / 1_000);
    }),
};

async function infoAnew(node: ServerNode): Promise<Info> {
  return new Info(String(await node.ask('INFO', 'all')));
}

/** Its main thread has one processor. */
export function judgeLoad(before: Info, after: Info, seconds: number): Finding {
  const expected = '60 % or less';
  const [from, to] = [cpuSeconds(before), cpuSeconds(after)];
  if (from === null || to === null || seconds <= 0) return { outcome: 'unknown', observed: 'unknown', expected };
  const percent = Math.max(0, Math.round(((to - from) / seconds) * 100));
  const ops = after.number('instantaneous_ops_per_sec') ?? 0;
  return { outcome: percent > 60 ? 'busy' : 'idle', observed: `${percent} %`, expected, facts: { percent, ops } };
}

/** From 6.0 on the main thread is told by itself. */
function cpuSeconds(info: Info): number | null {
  const main = sum(info, 'used_cpu_sys_main_thread', 'used_cpu_user_main_thread');
  return main ?? sum(info, 'used_cpu_sys', 'used_cpu_user');
}

function sum(info: Info, a: string, b: string): number | null {
  const [one, other] = [info.number(a), info.number(b)];
  return one === null || other === null ? null : one + other;
}
