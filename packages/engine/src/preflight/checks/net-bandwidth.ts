import type { Clock } from '@cacheferry/kernel';
import { byStream, type Check, type Finding, onEachNode } from '../check.ts';
import { volumeOf } from '../estimate.ts';
import type { ServerNode } from '../server-node.ts';
import { speedOfLine } from '../speed-of-line.ts';
import { formatBytes } from '../units.ts';

/** Whether the line to the source carries what is written there: a stream that grows faster is never caught up with. */
export const netBandwidth: Check = {
  id: 'net.bandwidth',
  scope: 'source',
  isSlow: true,
  outcomes: {
    enough: {
      status: 'pass',
      message: '{endpoint} sends {bandwidth} a second here, and clients write {writes} a second',
    },
    narrow: {
      status: 'warn',
      message:
        '{endpoint} sends {bandwidth} a second here, and clients write {writes} a second: catching up takes long',
      fix: 'Use a nearer machine, leave keys out (--exclude), or start at a quiet hour.',
    },
    too_narrow: {
      status: 'fail',
      message:
        '{endpoint} sends {bandwidth} a second here, and clients write {writes} a second: the migration would never catch up',
      fix: 'Use a nearer machine, or start at a quiet hour.',
      overridable: true,
    },
    busy: { status: 'pass', message: '{endpoint} runs {ops} commands a second: its line was not tried' },
    unknown: { status: 'pass', message: '{endpoint} does not let its line be tried (ECHO)' },
  },
  applies: (context) => byStream(context) && context.job.mode === 'sync',
  run: async (context) => {
    // What is sent here counts as traffic of the source: first those who look on have to be done.
    await Promise.all(lookingOn.map((id) => context.statusOf(id)));
    return onEachNode(context.source, (node) => tryLine(node, context.clock));
  },
};

const lookingOn = ['source.replica_buffer', 'source.load', 'source.big_traffic'];

async function tryLine(node: ServerNode, clock: Clock): Promise<Finding> {
  const { bytesPerSecond, ops } = await speedOfLine(node, clock);
  if (bytesPerSecond === 'busy') return { outcome: 'busy', observed: 'not tried', facts: { ops } };
  if (bytesPerSecond === 'refused') return { outcome: 'unknown', observed: 'unknown' };
  return judgeBandwidth(bytesPerSecond, (await volumeOf(node)).writeBytesPerSecond);
}

/** Bytes per second, of the line and of what clients write. */
export function judgeBandwidth(bandwidth: number, writes: number): Finding {
  const outcome = writes > 0.9 * bandwidth ? 'too_narrow' : writes > 0.5 * bandwidth ? 'narrow' : 'enough';
  const [wanted, found] = [formatBytes(writes * 2), formatBytes(bandwidth)];
  const facts = { bandwidth: found, writes: formatBytes(writes), wanted };
  return { outcome, observed: `${found}/s`, expected: `${wanted}/s or more`, facts };
}
