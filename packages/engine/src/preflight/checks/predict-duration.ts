import { type Check, type Finding, sourceServer } from '../check.ts';
import { totalVolume } from '../estimate.ts';
import { formatBytes, formatMs } from '../units.ts';

/** How long the full sync will take, from the size of the data: told before, so that nobody is surprised. */
export const predictDuration: Check = {
  id: 'predict.duration',
  scope: 'pair',
  outcomes: {
    expected: { status: 'pass', message: 'The full sync of {size} will take up to {time}' },
    long: {
      status: 'warn',
      message: 'The full sync of {size} may take up to {time}',
      fix: 'Plan for it: a nearer machine, more --connections, or several machines for a source of several shards.',
    },
  },
  applies: sourceServer,
  run: async ({ source, options }) => {
    const { dataBytes, fullSyncSeconds } = await totalVolume(source);
    return judgeDuration(dataBytes, fullSyncSeconds, options.rateBytes);
  },
};

/** A rate that was set decides where it is the slower. */
export function judgeDuration(dataBytes: number, fullSyncSeconds: number, rateBytes: number): Finding {
  const limited = rateBytes > 0 ? dataBytes / rateBytes : 0;
  const seconds = Math.ceil(Math.max(fullSyncSeconds, limited));
  const facts = { size: formatBytes(dataBytes), time: formatMs(seconds * 1_000) };
  return { outcome: seconds > 6 * 3_600 ? 'long' : 'expected', observed: facts.time, expected: '6 h or less', facts };
}
