import type { Snapshot } from '@cacheferry/contract';
import { formatCount } from '@cacheferry/kernel';

const barWidth = 24;

/** The progress of a run in one line, for people. */
export function describeProgress(snapshot: Snapshot): string {
  const { state, keysDone, keysTotal, keysPerSecond, bytesPerSecond, lagBytes, lagMs, lost, errors } = snapshot;
  const share = state === 'full_sync' ? shareOf(snapshot) : null;
  const of = keysTotal === null || keysTotal < keysDone ? '' : ` of ${formatCount(keysTotal)}`;
  return [
    words(state),
    ...(share === null ? [] : [`${bar(share)} ${Math.floor(share * 100)} %`]),
    `${formatCount(keysDone)}${of} keys`,
    `${formatCount(Math.round(keysPerSecond))}/s`,
    `${bytes(bytesPerSecond)}/s`,
    ...(lagBytes === null ? [] : [`lag ${bytes(lagBytes)}, ${duration((lagMs ?? 0) / 1000)}`]),
    ...(snapshot.etaSeconds === null || share === null ? [] : [`about ${duration(snapshot.etaSeconds)} left`]),
    ...total('lost', lost),
    ...total('errors', errors),
  ].join('  ');
}

/** How a run has ended, in one line. */
export function describeEnd(snapshot: Snapshot): string {
  const seconds = (Date.parse(snapshot.updatedAt) - Date.parse(snapshot.startedAt)) / 1000;
  const skipped = snapshot.keysSkipped > 0 ? `, ${formatCount(snapshot.keysSkipped)} skipped` : '';
  return `${words(snapshot.state)}: ${formatCount(snapshot.keysDone)} keys${skipped} in ${duration(seconds)}`;
}

function shareOf({ shards, keysDone, keysTotal }: Snapshot): number | null {
  const known = shards.filter((shard) => shard.bytesTotal !== null && shard.bytesTotal > 0);
  if (known.length === shards.length && known.length > 0) {
    const total = known.reduce((sum, shard) => sum + (shard.bytesTotal ?? 0), 0);
    return Math.min(1, known.reduce((sum, shard) => sum + shard.bytesDone, 0) / total);
  }
  return keysTotal ? Math.min(1, keysDone / keysTotal) : null;
}

const bar = (share: number): string => {
  const full = Math.round(share * barWidth);
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`;
};

const words = (name: string): string => name.replaceAll('_', ' ');

function total(name: string, counts: Record<string, number>): string[] {
  const sum = Object.values(counts).reduce((all, one) => all + one, 0);
  return sum === 0 ? [] : [`${name} ${formatCount(sum)} (${Object.keys(counts).join(', ')})`];
}

/** `12.4 MiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = value;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
