import type { EngineEvent } from '@cacheferry/contract';
import type { Context } from '../context.ts';
import type { Lease, RunRecord } from './ports.ts';
import { type Reduced, reduceEvents } from './reduce-events.ts';
import { askOthers } from './ask-others.ts';
import { ownEvent, put } from './subject.ts';
import { changeRun, type RunWork } from './with-run.ts';

const metricSteps = [1, 10, 60];

/**
 * Stores what an engine has told, each `seq` once, under the next numbers of its migration or check, and follows it with
 * snapshot, lifecycle, charts, conflicts and settled requests: all in one transaction, or nothing.
 *
 * Throws `run.lease_lost`.
 */
export async function recordEvents(ctx: Context, lease: Lease, events: readonly EngineEvent[]): Promise<RunRecord> {
  return changeRun(ctx, lease, async (frame) => {
    const { tx, subject, run, now } = frame;
    const reduced = reduceEvents(frame, events);
    if (reduced.missing > 0)
      subject.events.push(
        ownEvent('log', 'warn', now, { msg: 'Older events were gone on the machine', count: reduced.missing }),
      );
    Object.assign(frame.change, reduced.run, { lastContactAt: new Date(now) });
    await tx.metrics.add(run.migrationId, metricSteps, reduced.metrics);
    if (reduced.conflicts.length > 0) await tx.conflicts.put(run.subjectId, reduced.conflicts);
    await settle(ctx, frame, reduced);
  });
}

/** An `ack` settles its request. New limits become the migration's, so that the next launch begins with them. */
async function settle(ctx: Context, frame: RunWork, { acks }: Reduced): Promise<void> {
  const { tx, subject, run, now } = frame;
  for (const { id, isOk } of acks) {
    const command = await tx.commands.find(id);
    if (command?.runId !== run.id || command.closedAt !== null) continue;
    await tx.commands.close([id], isOk ? 'done' : 'refused', new Date(now));
    if (isOk && command.command === 'rate' && subject.kind === 'migrate')
      put(subject, { options: { ...subject.record.options, ...command.args } });
    if (!isOk && command.command === 'fence') await askOthers(ctx, frame, 'unfence');
  }
}
