import type { Metrics, Snapshot } from '@cacheferry/contract';

export type Point = Metrics['points'][number];

const maxLivePoints = 3600;

/** What a chart shows of one report of the engine. */
export function pointOf(snapshot: Snapshot): Point {
  const { keysPerSecond, bytesPerSecond, keysDone, lagBytes, lagMs, rssBytes, updatedAt } = snapshot;
  return { at: updatedAt, keysPerSecond, bytesPerSecond, keysDone, lagBytes, lagMs, rssBytes };
}

/** Adds a point at the end; within one step the newest takes the place of the one before, and an older one is dropped. */
export function addPoint(points: readonly Point[], point: Point, stepSeconds: number): Point[] {
  const last = points.at(-1);
  if (last && point.at <= last.at) return [...points];
  const bucket = (at: string) => Math.floor(Date.parse(at) / (stepSeconds * 1000));
  const kept = last && bucket(last.at) === bucket(point.at) ? points.slice(0, -1) : points.slice(-maxLivePoints + 1);
  return [...kept, point];
}

/** At most `count` points, evenly taken, the newest always among them. */
export function thin(points: readonly Point[], count: number): Point[] {
  const every = Math.max(1, Math.ceil(points.length / count));
  return points.filter((_, index) => (points.length - 1 - index) % every === 0);
}
