import type { ControlRequest } from '@cacheferry/contract';
import type { Context } from '../context.ts';
import { hold } from '../machines/machine-store.ts';
import { problemOf } from '../problem.ts';
import type { CommandRecord } from '../store/runs.ts';
import type { Failure, Lease } from './ports.ts';
import { ownEvent } from './subject.ts';
import { withRun } from './with-run.ts';

/**
 * What users asked of a run's engine and was not handed over yet. A stop is no request here: it is what is wanted.
 *
 * Throws `run.lease_lost`.
 */
export async function listCommands(ctx: Context, lease: Lease): Promise<ControlRequest[]> {
  await hold(ctx.store, 'run', lease);
  const open = await ctx.store.commands.openOfRun(lease.id);
  return open.filter(({ deliveredAt }) => deliveredAt === null).flatMap(asRequest);
}

function asRequest({ id, command, args }: CommandRecord): ControlRequest[] {
  if (command === 'stop') return [];
  return [command === 'rate' ? { id, command, ...args } : { id, command }];
}

/** The engine took a request; or it refused it, which settles the request and is told in the log. */
export async function markDelivered(
  ctx: Context,
  lease: Lease,
  commandId: string,
  refusal: Failure | null,
): Promise<void> {
  await withRun(ctx, lease, async ({ tx, subject, run, now }) => {
    const command = await tx.commands.find(commandId);
    if (command?.runId !== run.id || command.closedAt !== null) return;
    await tx.commands.markDelivered(commandId, new Date(now));
    if (!refusal) return;
    await tx.commands.close([commandId], 'refused', new Date(now));
    const { code, title, detail, fix } = problemOf(refusal);
    const body = { msg: 'The engine refused a request', command: command.command, code, title, detail, fix };
    subject.events.push(ownEvent('log', 'warn', now, body));
  });
}
