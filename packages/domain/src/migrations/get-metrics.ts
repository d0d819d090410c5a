import type { Metrics, MetricsQuery } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { chooseStep, metricsRanges, thin } from './metrics-ranges.ts';

/** A migration's series for charts; without times the whole of it. `step` of the answer may be coarser than asked for. */
export async function getMetrics(ctx: Context, id: string, query: MetricsQuery): Promise<Metrics> {
  authorise(ctx, 'viewer');
  found(await ctx.store.migrations.find(id), 'migration');
  const bounds = await ctx.store.metrics.bounds(id);
  if (!bounds) return { step: query.step, points: [] };
  const from = Math.max(query.from ? seconds(query.from) : bounds.from, bounds.from);
  const to = Math.min(query.to ? seconds(query.to) : bounds.to + 1, bounds.to + 1);
  if (from >= to) return { step: query.step, points: [] };
  const step = chooseStep(query.step, from, to);
  const start = Math.floor(from / step) * step;
  const ranges = metricsRanges(step, start, to, Math.floor(ctx.clock.now() / 1000));
  const rows = thin(await ctx.store.metrics.read(id, ranges), step);
  return { step, points: rows.map((row) => ({ ...row, at: new Date(row.at * 1000).toISOString() })) };
}

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);
