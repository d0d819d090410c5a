import { FerryError, toFerryError } from '@cacheferry/kernel';
import pg from 'pg';
import { type MigrationFile, migrationsDir, readMigrations, toMigrationList } from './migration-files.ts';
import { openSchemaEngine } from './schema-engine.mjs';

/** Any fixed number: of several processes that start on one database, one migrates and the others wait. */
const lockId = 7_223_101;

/**
 * Applies the migrations that the database lacks and returns their names. Safe to run in several processes at once.
 * The engine is loaded only when there is something to apply.
 *
 * Throws `db.newer_than_code` where the database has migrations that this version does not know, and
 * `db.migration_failed` with the name of the one that failed.
 */
export async function applyMigrations(url: string, dir = migrationsDir): Promise<string[]> {
  const migrations = readMigrations(dir);
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lockId]);
    const applied = await readApplied(client);
    const known = new Set(migrations.map(({ name }) => name));
    const unknown = applied.find(({ name }) => !known.has(name));
    if (unknown) throw new FerryError('db.newer_than_code', { name: unknown.name });
    return areAllApplied(migrations, applied) ? [] : await runEngine(url, dir, migrations);
  } finally {
    await client.end();
  }
}

type Applied = { name: string; checksum: string; isFinished: boolean };

async function readApplied(client: pg.Client): Promise<Applied[]> {
  const table = await client.query(`select to_regclass('public._prisma_migrations') is not null as "isThere"`);
  if (!table.rows[0]?.isThere) return [];
  const rows = await client.query<Applied>(
    `select migration_name as name, checksum, finished_at is not null as "isFinished"
       from public._prisma_migrations where rolled_back_at is null`,
  );
  return rows.rows;
}

function areAllApplied(migrations: readonly MigrationFile[], applied: readonly Applied[]): boolean {
  const finished = new Map(applied.map((row) => [row.name, row.isFinished ? row.checksum : '']));
  return migrations.every(({ name, checksum }) => finished.get(name) === checksum);
}

async function runEngine(url: string, dir: string, migrations: readonly MigrationFile[]): Promise<string[]> {
  const { engine, close } = await openSchemaEngine({ url });
  try {
    const migrationsList = toMigrationList(dir, migrations);
    const result = await engine.applyMigrations({
      migrationsList,
      filters: { externalTables: [], externalEnums: [] },
    });
    return result.appliedMigrationNames;
  } catch (error) {
    const text = error instanceof Error ? error.message : toFerryError(error).detail;
    throw new FerryError('db.migration_failed', { reason: text.trim().split('\n').slice(0, 4).join(' ') }, error);
  } finally {
    await close();
  }
}
