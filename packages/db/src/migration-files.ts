import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** One migration of the schema: a folder with the SQL. `checksum` is what Prisma stores with an applied one. */
export type MigrationFile = { name: string; sql: string; checksum: string };

/** Where the migrations of the product lie. */
export const migrationsDir = path.resolve(import.meta.dirname, '../../../prisma/migrations');

/** The migrations of a folder in the order in which they apply. */
export function readMigrations(dir: string): MigrationFile[] {
  const folders = fs.readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => {
      const sql = fs.readFileSync(path.join(dir, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The same in the form that the schema engine takes. */
export function toMigrationList(dir: string, migrations: readonly MigrationFile[]) {
  const lockFile = path.join(dir, 'migration_lock.toml');
  const lock = fs.existsSync(lockFile) ? fs.readFileSync(lockFile, 'utf8') : null;
  return {
    baseDir: dir,
    lockfile: { path: 'migration_lock.toml', content: lock },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  };
}
