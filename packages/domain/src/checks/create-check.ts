import { canCompare, type Check, type CheckOptions, isCheckEnded, type MigrationState } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { type Act, act } from '../act.ts';
import { userOf } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { findWorkplace } from '../machines/find-workplace.ts';
import { newRun } from '../runs/new-run.ts';
import { lockMigration } from '../runs/subject.ts';
import type { CheckRecord } from '../store/work.ts';
import { checkView } from './check-view.ts';

const tooEarly: readonly MigrationState[] = ['draft', 'queued', 'starting', 'full_sync'];

/**
 * Queues a full check of a migration on its machine.
 *
 * Throws `check.needs_servers`, `check.too_early`, `check.already_running`, `machine.not_found`, `machine.draining`, `machine.untrusted`.
 */
export async function createCheck(ctx: Context, migrationId: string, input: CheckOptions): Promise<Check> {
  // A repair also deletes what only the target has; before a check has said so, nobody knows whether there is any.
  const needs = input.repair ? 'admin' : 'operator';
  const intent = { needs, action: 'check.create', objectKind: 'check' } as const;
  return act(ctx, intent, (frame) => queueCheck(ctx, frame, migrationId, input));
}

/** The work of `createCheck` within a transaction. */
export async function queueCheck(ctx: Context, frame: Act, migrationId: string, options: CheckOptions): Promise<Check> {
  const { tx, describe, ring } = frame;
  const { record: migration } = await lockMigration(tx, migrationId);
  describe({ objectName: migration.name, detail: { migrationId, options } });
  if (!canCompare(migration)) throw new FerryError('check.needs_servers');
  if (tooEarly.includes(migration.state)) throw new FerryError('check.too_early', { state: migration.state });
  const earlier = await tx.checks.ofMigration(migrationId);
  if (earlier.some(({ state }) => !isCheckEnded(state))) throw new FerryError('check.already_running');
  const machine = await findWorkplace(tx, found(migration.machineIds[0], 'machine'));
  const by = userOf(ctx);
  const now = new Date(ctx.clock.now());
  const check: CheckRecord = {
    id: ctx.newId(),
    migrationId,
    migrationName: migration.name,
    machineId: machine.id,
    state: 'queued',
    options,
    snapshot: null,
    snapshotAt: null,
    result: null,
    conflicts: {},
    round: 0,
    problem: null,
    lastEventId: 0,
    byId: by.id,
    byName: by.username,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
    updatedAt: now,
  };
  describe({ objectId: check.id });
  await tx.checks.insert(check);
  const about = { kind: 'check', subjectId: check.id, migrationId, machineId: machine.id } as const;
  const run = newRun(ctx, about, null);
  await tx.runs.insert(run);
  await tx.notify({ kind: 'check', id: check.id, migrationId, lastId: 0 });
  ring({ kind: 'run', id: run.id });
  return checkView(check);
}
