import type { ControlRequest } from '@cacheferry/contract';
import type { Context } from '../context.ts';
import { hold } from '../machines/machine-store.ts';
import { problemOf } from '../problem.ts';
import type { CommandRecord } from '../store/runs.ts';
import type { Repositories } from '../store/index.ts';
import { askOthers } from './ask-others.ts';
import type { Failure, Lease } from './ports.ts';
import { partOfRate, shareOf, sharesAmong } from './shares.ts';
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
  const unsent = open.filter(({ deliveredAt }) => deliveredAt === null);
  const divide = unsent.some(({ command }) => command === 'rate') ? await ratePartOf(ctx.store, lease.id) : asGiven;
  return unsent.flatMap((one) => asRequest(one, divide));
}

type Rate = CommandRecord['args'];

function asRequest({ id, command, args }: CommandRecord, divide: (args: Rate) => Rate): ControlRequest[] {
  if (command === 'stop') return [];
  return [command === 'rate' ? { id, command, ...divide(args) } : { id, command }];
}

const asGiven = (args: Rate): Rate => args;

/** A limit is the migration's: what of it falls to a run, by how many engines are at work now. */
export async function ratePartOf(
  store: Pick<Repositories, 'runs' | 'migrations'>,
  runId: string,
): Promise<(args: Rate) => Rate> {
  const run = await store.runs.find(runId);
  const migration = run?.kind === 'migrate' ? await store.migrations.find(run.migrationId) : null;
  if (!run || !migration || !shareOf(migration, run.machineId)) return asGiven;
  const shares = sharesAmong(migration, await store.runs.newestOf([migration.id]));
  const atWork = shares.filter(({ phase }) => phase !== 'ended');
  const at = atWork.findIndex(({ id }) => id === runId);
  const part = (total: number) => partOfRate(total, at, atWork.length);
  return ({ rateKeys, rateBytes }) => ({
    ...(rateKeys === undefined ? {} : { rateKeys: part(rateKeys) }),
    ...(rateBytes === undefined ? {} : { rateBytes: part(rateBytes) }),
  });
}

/** The engine took a request; or it refused it, which settles the request and is told in the log. */
export async function markDelivered(
  ctx: Context,
  lease: Lease,
  commandId: string,
  refusal: Failure | null,
): Promise<void> {
  await withRun(ctx, lease, async (frame) => {
    const { tx, subject, run, now } = frame;
    const command = await tx.commands.find(commandId);
    if (command?.runId !== run.id || command.closedAt !== null) return;
    await tx.commands.markDelivered(commandId, new Date(now));
    if (!refusal) return;
    if (command.command === 'fence') await askOthers(ctx, frame, 'unfence');
    await tx.commands.close([commandId], 'refused', new Date(now));
    const { code, title, detail, fix } = problemOf(refusal);
    const body = { msg: 'The engine refused a request', command: command.command, code, title, detail, fix };
    subject.events.push(ownEvent('log', 'warn', now, body));
  });
}
