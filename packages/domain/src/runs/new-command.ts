import { actorName } from '../authorise.ts';
import type { Context } from '../context.ts';
import type { CommandName, CommandRecord, StoredRun } from '../store/runs.ts';

/** A request to a run's engine, not handed over yet. */
export function newCommand(
  ctx: Pick<Context, 'clock' | 'newId' | 'actor'>,
  run: Pick<StoredRun, 'id' | 'migrationId'>,
  command: CommandName,
  args: CommandRecord['args'],
): CommandRecord {
  return {
    id: ctx.newId(),
    runId: run.id,
    migrationId: run.migrationId,
    command,
    args,
    byName: actorName(ctx.actor),
    createdAt: new Date(ctx.clock.now()),
    deliveredAt: null,
    closedAt: null,
    outcome: null,
  };
}
