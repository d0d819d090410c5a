import type { MetricsRange, MetricsRow } from '../store/runs.ts';

/** How long the rows of each step are kept, in seconds. */
export const metricsTiers = [
  { step: 1, keptFor: 15 * 60 },
  { step: 10, keptFor: 24 * 3600 },
  { step: 60, keptFor: 30 * 24 * 3600 },
] as const;

const mostPoints = 5000;

/** The step that a chart gets: the one asked for, or a coarser one that keeps the series within 5,000 points. */
export function chooseStep(step: number, from: number, to: number): number {
  return Math.max(step, Math.ceil((to - from) / mostPoints));
}

/** Which stored rows make up a series: the finest that are needed, and coarser ones for times where those are gone. */
export function metricsRanges(step: number, from: number, to: number, now: number): MetricsRange[] {
  const ranges: MetricsRange[] = [];
  let end = to;
  metricsTiers.forEach((tier, index) => {
    const next = metricsTiers[index + 1];
    if (next && next.step <= step) return;
    const start = next ? Math.max(from, ceilTo(now - tier.keptFor, next.step)) : from;
    if (start < end) ranges.unshift({ step: tier.step, from: start, to: end });
    end = Math.min(end, start);
  });
  return ranges;
}

/** One point per step: means of the rates, the worst lag and memory, the last count. */
export function thin(rows: readonly MetricsRow[], step: number): MetricsRow[] {
  const groups = new Map<number, MetricsRow[]>();
  for (const row of rows) {
    const at = Math.floor(row.at / step) * step;
    const group = groups.get(at);
    if (group) group.push(row);
    else groups.set(at, [row]);
  }
  return [...groups].map(([at, group]) => ({
    at,
    keysPerSecond: mean(group.map((row) => row.keysPerSecond)),
    bytesPerSecond: mean(group.map((row) => row.bytesPerSecond)),
    keysDone: group.at(-1)?.keysDone ?? 0,
    lagBytes: worst(group.map((row) => row.lagBytes)),
    lagMs: worst(group.map((row) => row.lagMs)),
    rssBytes: Math.max(...group.map((row) => row.rssBytes)),
  }));
}

const ceilTo = (value: number, step: number): number => Math.ceil(value / step) * step;
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function worst(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
