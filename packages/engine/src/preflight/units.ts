const steps = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
export const kib = 1024;
export const mib = 1024 * kib;
export const gib = 1024 * mib;

/** Bytes for people: `512 MiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let step = 0;
  while (value >= 1024 && step < steps.length - 1) {
    value /= 1024;
    step++;
  }
  const digits = step > 0 && value < 100 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${steps[step]}`;
}

/** `250 ms`, `12 s`, `25 min`, `3 h`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** The next power of two in MiB, as redis.conf takes it: `512mb`, `2gb`. */
export function configSize(bytes: number): string {
  let megabytes = 1;
  while (megabytes * mib < bytes) megabytes *= 2;
  return megabytes >= 1024 ? `${megabytes / 1024}gb` : `${megabytes}mb`;
}
