import type { Transaction } from '../store/index.ts';
import type { StoredRun } from '../store/runs.ts';
import type { RunOutcome } from './ports.ts';

/** Ends a run: no worker takes it any more, and what users asked of it and was not settled is dropped. */
export async function closeRun(tx: Transaction, run: StoredRun, outcome: RunOutcome, at: Date): Promise<void> {
  await tx.runs.update(run.id, { phase: 'ended', outcome, endedAt: at, isLost: false });
  const open = await tx.commands.openOfRun(run.id);
  const stops = open.filter(({ command }) => command === 'stop').map(({ id }) => id);
  const others = open.filter(({ command }) => command !== 'stop').map(({ id }) => id);
  await tx.commands.close(stops, 'done', at);
  await tx.commands.close(others, 'dropped', at);
}
