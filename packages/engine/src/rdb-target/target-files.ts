import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Endpoint, type ExistingKeyPolicy, parseEndpointUrl, type RdbReader } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { MigrationRules } from '../rules/migration-rules.ts';

/**
 * The file of each shard of a source: the path itself for one shard, one path each, or one path that is numbered
 * (`dump-0.rdb`, `dump-1.rdb`).
 *
 * Throws `target.file_count`, `target.no_zstd`.
 */
export function targetFiles(paths: readonly string[], shards: number): string[] {
  const packed = paths.find((file) => file.endsWith('.zst'));
  if (packed !== undefined) throw new FerryError('target.no_zstd', { path: packed });
  if (paths.length === shards) return [...paths];
  const [only] = paths;
  if (only === undefined || paths.length > 1)
    throw new FerryError('target.file_count', { shards, files: paths.length });
  const { dir, base } = path.parse(only);
  const [, stem = base, ending = ''] = /^(.*?)(\.rdb(?:\.gz)?)$/.exec(base) ?? [];
  return Array.from({ length: shards }, (_, shard) => path.join(dir, `${stem}-${shard}${ending}`));
}

/** The files that a source is written to. Throws also for what such a copy cannot do. */
export function planTargetFiles(
  ends: { source: Endpoint; target: Endpoint },
  source: { shards: readonly unknown[] },
  rules: MigrationRules | null,
): string[] {
  if (ends.target.kind !== 'rdb') return [];
  if (rules && (rules.hasValues || rules.changesExpiry || rules.renames.isAny || rules.mapsDatabases))
    throw new FerryError('migration.option_unsupported', {
      option: 'all but --filter and --exclude by key and database',
    });
  return targetFiles(ends.target.paths, source.shards.length);
}

/** The server that files are meant for; `null`: one like the source. */
export function readerOf(url: string): RdbReader | null {
  const target = parseEndpointUrl(url);
  return target.kind === 'rdb' ? (target.version ?? null) : null;
}

/** Throws `target.file_exists` for a file that is there and may not be replaced. */
export function refuseExisting(file: string, policy: ExistingKeyPolicy): void {
  if (policy !== 'overwrite' && existsSync(file)) throw new FerryError('target.file_exists', { path: file });
}
