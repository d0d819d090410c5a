import type { Context } from '../context.ts';
import type { Death, Lease, RunRecord } from './ports.ts';
import { runRecord } from './run-record.ts';
import { move, ownEvent, put } from './subject.ts';
import { withRun } from './with-run.ts';

const windowMs = 10 * 60_000;

/** An engine was found dead without its `done`. Answers the run and how often that happened in the last 10 minutes. */
export async function recordDeath(
  ctx: Context,
  lease: Lease,
  death: Death,
): Promise<{ run: RunRecord; deaths: number }> {
  return withRun(ctx, lease, ({ subject, run, change, now }) => {
    const deaths = [...run.deaths.filter((at) => at > now - windowMs), now];
    Object.assign(change, { deaths, pid: null, reported: null });
    subject.events.push(ownEvent('log', 'error', now, { msg: 'The engine died', ...death, deaths: deaths.length }));
    if (subject.kind === 'migrate') {
      put(subject, { restarts: subject.record.restarts + 1 });
      const reason = `the engine died; deaths in 10 minutes: ${deaths.length}`;
      move(subject, 'restart', { by: 'supervisor', name: 'supervisor', at: now, reason });
    }
    return { run: runRecord({ ...run, ...change }), deaths: deaths.length };
  });
}
