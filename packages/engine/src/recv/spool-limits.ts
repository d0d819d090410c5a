import { statfsSync } from 'node:fs';

const most = 50 * 1024 ** 3;
const least = 256 * 1024 ** 2;

/** The bound of a spool in bytes: as set, else 70 % of what is free on its disk, at most 50 GiB. */
export function spoolBound(dir: string, setBytes: number): number {
  if (setBytes > 0) return setBytes;
  const { bavail, bsize } = statfsSync(dir);
  return Math.min(most, Math.max(least, Math.floor(bavail * bsize * 0.7)));
}
