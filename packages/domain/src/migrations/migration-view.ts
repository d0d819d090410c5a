import type { Migration } from '@cacheferry/contract';
import type { Repositories } from '../store/index.ts';
import type { CommandRecord } from '../store/runs.ts';
import type { CheckRecord, MigrationRecord } from '../store/work.ts';

/** What stands beside a migration's own row: its newest check and the oldest request that is not settled. */
type Surroundings = { lastCheck: CheckRecord | undefined; pending: CommandRecord | undefined };

/** Migrations as the API shows them. */
export async function migrationViews(
  store: Pick<Repositories, 'checks' | 'commands'>,
  migrations: readonly MigrationRecord[],
): Promise<Migration[]> {
  const ids = migrations.map(({ id }) => id);
  const [checks, open] = await Promise.all([store.checks.latestOf(ids), store.commands.openOf(ids)]);
  const pending = new Map<string, CommandRecord>();
  for (const command of open) if (!pending.has(command.migrationId)) pending.set(command.migrationId, command);
  return migrations.map((migration) =>
    view(migration, { lastCheck: checks.get(migration.id), pending: pending.get(migration.id) }),
  );
}

/** One migration as the API shows it. */
export async function migrationView(
  store: Pick<Repositories, 'checks' | 'commands'>,
  migration: MigrationRecord,
): Promise<Migration> {
  const checks = await store.checks.latestOf([migration.id]);
  const [pending] = await store.commands.openOf([migration.id]);
  return view(migration, { lastCheck: checks.get(migration.id), pending });
}

function view(migration: MigrationRecord, { lastCheck, pending }: Surroundings): Migration {
  const time = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;
  return {
    id: migration.id,
    name: migration.name,
    state: migration.state,
    mode: migration.mode,
    source: migration.source,
    target: migration.target,
    machineIds: migration.machineIds,
    options: migration.options,
    preflightId: migration.preflightId,
    snapshot: migration.snapshot,
    snapshotAt: time(migration.snapshotAt),
    pending: pending ? { command: pending.command, at: pending.createdAt.toISOString() } : null,
    problem: migration.problem,
    restarts: migration.restarts,
    lastCheck: lastCheck ? { id: lastCheck.id, state: lastCheck.state, finishedAt: time(lastCheck.finishedAt) } : null,
    owner: { id: migration.ownerId, username: migration.ownerName },
    createdAt: migration.createdAt.toISOString(),
    startedAt: time(migration.startedAt),
    endedAt: time(migration.endedAt),
    updatedAt: migration.updatedAt.toISOString(),
  };
}
