import type { Migration, MigrationShare } from '@cacheferry/contract';
import { found } from '../found.ts';
import { isSpare, problemOfShares, stateOfShare, workplacesOf } from '../runs/shares.ts';
import type { Repositories } from '../store/index.ts';
import type { CommandRecord, StoredRun } from '../store/runs.ts';
import type { CheckRecord, MigrationRecord } from '../store/work.ts';

/** What stands beside a migration's own row: its newest check and the oldest request that is not settled. */
type Surroundings = {
  lastCheck: CheckRecord | undefined;
  pending: CommandRecord | undefined;
  /** The newest run of each machine; needed where there are several. */
  runs: readonly StoredRun[];
};
type Source = Pick<Repositories, 'checks' | 'commands' | 'runs'>;

/** Migrations as the API shows them. */
export async function migrationViews(store: Source, migrations: readonly MigrationRecord[]): Promise<Migration[]> {
  const ids = migrations.map(({ id }) => id);
  const several = migrations.filter(({ machineIds }) => machineIds.length > 1).map(({ id }) => id);
  const [checks, open] = await Promise.all([store.checks.latestOf(ids), store.commands.openOf(ids)]);
  const runs = await store.runs.newestOf(several);
  const pending = new Map<string, CommandRecord>();
  for (const command of open) if (!pending.has(command.migrationId)) pending.set(command.migrationId, command);
  return migrations.map((migration) =>
    view(migration, {
      lastCheck: checks.get(migration.id),
      pending: pending.get(migration.id),
      runs: runs.filter(({ subjectId }) => subjectId === migration.id),
    }),
  );
}

/** One migration as the API shows it. */
export async function migrationView(store: Source, migration: MigrationRecord): Promise<Migration> {
  const [shown] = await migrationViews(store, [migration]);
  return found(shown ?? null, 'migration');
}

function view(migration: MigrationRecord, { lastCheck, pending, runs }: Surroundings): Migration {
  return {
    id: migration.id,
    name: migration.name,
    state: migration.state,
    mode: migration.mode,
    source: migration.source,
    target: migration.target,
    machineIds: migration.machineIds,
    shares: migration.machineIds.length > 1 ? sharesView(migration, runs) : [],
    options: migration.options,
    preflightId: migration.preflightId,
    snapshot: migration.snapshot,
    snapshotAt: time(migration.snapshotAt),
    pending: pending ? { command: pending.command, at: pending.createdAt.toISOString() } : null,
    problem: migration.problem,
    restarts: migration.restarts,
    lastCheck: lastCheck ? lastCheckView(lastCheck) : null,
    owner: { id: migration.ownerId, username: migration.ownerName },
    createdAt: migration.createdAt.toISOString(),
    startedAt: time(migration.startedAt),
    endedAt: time(migration.endedAt),
    updatedAt: migration.updatedAt.toISOString(),
  };
}

const time = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;

function lastCheckView({ id, state, options, finishedAt }: CheckRecord): Migration['lastCheck'] {
  return { id, state, mode: options.mode, finishedAt: time(finishedAt) };
}

function sharesView(migration: MigrationRecord, runs: readonly StoredRun[]): MigrationShare[] {
  const places = workplacesOf(migration);
  return migration.machineIds.map((machineId): MigrationShare => {
    const run = runs.find((one) => one.machineId === machineId);
    const nothing = { machineId, shards: 0, problem: null };
    if (!places.includes(machineId) || (run && isSpare(run))) return { ...nothing, state: 'unused' };
    if (!run) return { ...nothing, state: migration.state === 'draft' ? 'draft' : 'queued' };
    const shards = (migration.snapshot?.shards ?? []).filter(
      (shard) => places.length === 1 || shard.machineId === machineId,
    ).length;
    return { machineId, state: stateOfShare(run), shards, problem: problemOfShares([run]) };
  });
}
