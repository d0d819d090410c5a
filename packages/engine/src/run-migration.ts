import type { Job, Snapshot } from '@cacheferry/contract';
import { type Clock, FerryError, toFerryError } from '@cacheferry/kernel';
import { approve } from './coord/approve.ts';
import { finishRun } from './coord/finish-run.ts';
import { type MigrationRun, openRun } from './coord/open-run.ts';
import { shipAll } from './coord/ship-all.ts';

/** What a run takes from outside. */
export type EngineDeps = {
  clock: Clock;
  /** Between 0 and 1; spreads reconnects. */
  random: () => number;
  /** State directory: made when it is not there, resumed when it is. */
  dir: string;
  /** Sees each event as it is written: its line of `events.jsonl` without the line break. */
  onEvent?: (line: string) => void;
};

export type MigrationEnd = { outcome: 'completed' | 'stopped'; snapshot: Snapshot };

/**
 * Runs one migration on this machine to its end: claims its state directory, has the preflight approve both ends, ships
 * every shard from spool to target, and finishes.
 *
 * `signal` asks it to stop in order, like `ferry stop` does. Throws what ended it: `migration.incomplete` when all is
 * done but some elements did not arrive, `preflight.blocked`, `engine.*`, `target.*`, `source.*`.
 */
export async function runMigration(deps: EngineDeps, job: Job, signal: AbortSignal): Promise<MigrationEnd> {
  const run = await openRun(deps, job, signal);
  try {
    return await finishRun(run, await endOf(run));
  } finally {
    await run.close();
  }
}

/** How it ended: null = nothing is left to do. */
async function endOf(run: MigrationRun): Promise<FerryError | null> {
  try {
    await approve(run);
    await shipAll(run);
    return null;
  } catch (thrown) {
    return toFerryError(thrown);
  }
}
