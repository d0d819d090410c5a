import { statfs } from 'node:fs/promises';
import type { Check } from '../check.ts';
import { totalVolume, type Volume } from '../estimate.ts';
import { existingDir } from '../existing-dir.ts';
import { formatBytes, gib, mib } from '../units.ts';

/** Free disk for the spool: the snapshot, what is written while it is copied, and a reserve. */
export const machineDisk: Check = {
  id: 'machine.disk',
  scope: 'machine',
  outcomes: {
    enough: { status: 'pass', message: 'The spool has {free} of disk; up to {needed} are needed' },
    tight: {
      status: 'warn',
      message: 'The spool has {free} of disk, and may need {needed}',
      fix: 'Free disk in {dir}, or put the state directory elsewhere.',
    },
    too_small: {
      status: 'fail',
      message: 'The spool needs {needed} of disk, {dir} has {free}',
      fix: 'Put the state directory on a bigger disk (--state), or free disk there.',
    },
  },
  applies: ({ source }) => source.isServer,
  run: async ({ source, workDir }) => {
    const dir = await existingDir(workDir);
    const { bavail, bsize } = await statfs(dir);
    return judgeDisk(bavail * bsize, await totalVolume(source), dir);
  },
};

/** The reserve grows with the data up to 2 GiB, so that a small migration does not ask for a big disk. */
export function judgeDisk(free: number, volume: Volume, dir: string) {
  const reserve = Math.min(2 * gib, 256 * mib + 4 * volume.dataBytes);
  const needed = Math.ceil(volume.dataBytes + volume.writeBytesPerSecond * volume.fullSyncSeconds * 1.5 + reserve);
  const outcome = free < needed ? 'too_small' : free < needed * 1.5 ? 'tight' : 'enough';
  const facts = { free: formatBytes(free), needed: formatBytes(needed), wanted: formatBytes(needed * 1.5), dir };
  return { outcome, observed: facts.free, expected: `${facts.wanted} or more`, facts };
}
