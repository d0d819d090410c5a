import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { metricsTiers } from '../migrations/metrics-ranges.ts';
import { readSettings } from '../settings/read-settings.ts';

const dayMs = 24 * 3600_000;
const batch = 5000;

/** Deletes what is kept for a time only, in small steps: old events, chart rows, answers, preflights and sessions. */
export async function pruneHistory(ctx: Context, signal?: AbortSignal): Promise<void> {
  authorise(ctx, 'system');
  const { store } = ctx;
  const now = ctx.clock.now();
  const { eventRetentionDays } = await readSettings(store);
  const before = new Date(now - eventRetentionDays * dayMs);
  await inSteps(signal, () => store.events.deleteBefore(before, batch));
  for (const { step, keptFor } of metricsTiers)
    await inSteps(signal, () => store.metrics.deleteBefore(step, Math.floor(now / 1000) - keptFor, batch));
  await store.answers.deleteBefore(new Date(now - dayMs));
  await store.preflights.deleteBefore(new Date(now - 7 * dayMs));
  await store.sessions.deleteExpired(new Date(now));
}

async function inSteps(signal: AbortSignal | undefined, step: () => Promise<number>): Promise<void> {
  while ((await step()) === batch) signal?.throwIfAborted();
}
