import type { Lease, RunRecord } from '@cacheferry/domain';
import { FerryError, toFerryError } from '@cacheferry/kernel';
import { type SupervisorDeps, timesOf } from './supervisor-deps.ts';

/** Renews a lease again and again. Rejects when aborted, or with what `renew` rejects with. */
export async function keepRenewing(
  deps: Pick<SupervisorDeps, 'clock' | 'times'>,
  signal: AbortSignal,
  renew: (leaseMs: number) => Promise<void>,
): Promise<void> {
  const { leaseMs, renewMs } = timesOf(deps);
  for (;;) {
    await deps.clock.sleep(renewMs, signal);
    await renew(leaseMs);
  }
}

/**
 * Renews a run's lease until aborted, and hands on the run as it is then. Rejects with `run.lease_lost` when somebody
 * else has it, or when the database could not be asked for so long that somebody else may have it.
 */
export async function keepLease(
  deps: Pick<SupervisorDeps, 'runs' | 'clock' | 'log' | 'times'>,
  lease: Lease,
  signal: AbortSignal,
  onRun: (run: RunRecord) => void,
): Promise<void> {
  const { leaseMs, renewMs } = timesOf(deps);
  let renewedAt = deps.clock.monotonic();
  for (;;) {
    await deps.clock.sleep(renewMs, signal);
    const askedAt = deps.clock.monotonic();
    try {
      const run = await deps.runs.renew(lease, leaseMs);
      renewedAt = askedAt;
      onRun(run);
    } catch (thrown) {
      const error = toFerryError(thrown);
      if (error.code === 'run.lease_lost') throw error;
      deps.log.warn('The lease of a run could not be renewed', { runId: lease.id, code: error.code });
      if (deps.clock.monotonic() - renewedAt > leaseMs) throw new FerryError('run.lease_lost', { id: lease.id }, error);
    }
  }
}
