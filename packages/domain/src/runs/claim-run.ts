import type { Context } from '../context.ts';
import type { Transaction } from '../store/index.ts';
import type { StoredRun } from '../store/runs.ts';
import type { Lease, RunRecord } from './ports.ts';
import { runRecord } from './run-record.ts';

/**
 * Takes the lease of a run. Null while another owner has it, when it has ended, or while its machine has no place free
 * for a run that was not launched yet.
 */
export async function claimRun(
  ctx: Context,
  runId: string,
  owner: string,
  leaseMs: number,
): Promise<{ lease: Lease; run: RunRecord } | null> {
  return ctx.store.transaction(async (tx) => {
    const run = await tx.runs.find(runId);
    if (!run || run.phase === 'ended') return null;
    if (run.phase === 'queued' && !(await hasPlace(tx, run))) return null;
    const lease = await tx.leases.claim('run', runId, owner, leaseMs);
    return lease && { lease, run: runRecord(run) };
  });
}

async function hasPlace(tx: Transaction, { id, machineId }: StoredRun): Promise<boolean> {
  const machine = await tx.machines.lock(machineId);
  if (!machine) return true; // The worker finds that out too, and ends the run with the reason.
  return !machine.isDraining && (await tx.runs.countBusy(machineId, id)) < machine.slots;
}
