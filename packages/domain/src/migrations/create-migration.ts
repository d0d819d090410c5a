import { type Migration, type MigrationInput, MigrationOptions } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import { userOf } from '../authorise.ts';
import type { Context } from '../context.ts';
import { checkPair, readEnd } from '../endpoints/read-end.ts';
import { found } from '../found.ts';
import { findPreflight } from '../preflights/find-preflight.ts';
import type { Transaction } from '../store/index.ts';
import type { MigrationRecord } from '../store/work.ts';
import { checkPreflight } from './approve-start.ts';
import { migrationView } from './migration-view.ts';

/**
 * Makes a migration in state `draft`. Without machines it is this machine's; several share the shards of its source.
 *
 * Throws `endpoint.invalid`, `endpoint.family_mismatch`, `machine.not_found`, `migration.preflight_stale`.
 */
export async function createMigration(ctx: Context, input: MigrationInput): Promise<Migration> {
  const intent = { needs: 'operator', action: 'migration.create', objectKind: 'migration' } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const source = await readEnd(tx, input.source);
    const target = await readEnd(tx, input.target);
    checkPair(source.end.url, target.end.url);
    const owner = userOf(ctx);
    const now = new Date(ctx.clock.now());
    const migration: MigrationRecord = {
      ...blank,
      id: ctx.newId(),
      name: input.name,
      mode: input.mode,
      source: source.end,
      target: target.end,
      machineIds: await chooseMachines(tx, input.machineIds),
      options: input.options ?? MigrationOptions.parse({}),
      preflightId: input.preflightId ?? null,
      ownerId: owner.id,
      ownerName: owner.username,
      createdAt: now,
      updatedAt: now,
    };
    const { name, mode, options, machineIds } = migration;
    const detail = { source: source.end.url, target: target.end.url, mode, options, machineIds };
    describe({ objectId: migration.id, objectName: name, detail });
    if (input.preflightId) checkPreflight(await findPreflight(tx, input.preflightId), migration);
    await tx.migrations.insert(migration, { source: source.secrets, target: target.secrets });
    await tx.notify({ kind: 'migration', id: migration.id, lastId: 0 });
    return migrationView(tx, migration);
  });
}

const blank = {
  state: 'draft',
  override: null,
  snapshot: null,
  snapshotAt: null,
  problem: null,
  restarts: 0,
  lostFrom: null,
  lastEventId: 0,
  startedAt: null,
  endedAt: null,
} as const;

async function chooseMachines(tx: Transaction, ids: readonly string[] | undefined): Promise<string[]> {
  if (!ids) return [found(await tx.machines.findLocal(), 'machine').id];
  const wanted = [...new Set(ids)];
  const known = await tx.machines.findMany(wanted);
  if (known.length < wanted.length) throw new FerryError('machine.not_found');
  return wanted;
}
