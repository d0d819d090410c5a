import type { Context } from '../context.ts';
import type { StoredRun } from '../store/runs.ts';

/**
 * A run that waits for a worker. What an earlier run left in its state directory stays known: `seq` of its events and
 * the epoch of its engine go on rising there.
 */
export function newRun(
  ctx: Pick<Context, 'clock' | 'newId'>,
  about: Pick<StoredRun, 'kind' | 'subjectId' | 'migrationId' | 'machineId'>,
  previous: StoredRun | null,
): StoredRun {
  return {
    id: ctx.newId(),
    ...about,
    wanted: 'running',
    phase: 'queued',
    isLost: false,
    launches: previous?.launches ?? 0,
    stateDir: previous?.stateDir ?? null,
    pid: null,
    engineSha256: null,
    lastSeq: previous?.lastSeq ?? 0,
    reported: null,
    outcome: null,
    result: null,
    snapshot: null,
    lastError: null,
    deaths: [],
    lastContactAt: null,
    createdAt: new Date(ctx.clock.now()),
    endedAt: null,
  };
}
