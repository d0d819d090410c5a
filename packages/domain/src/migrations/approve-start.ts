import type { PreflightRow, StartInput } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { actorName, authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { canonicalJson } from '../plain-json.ts';
import { findPreflight, type PreflightGroup } from '../preflights/find-preflight.ts';
import type { Transaction } from '../store/index.ts';
import type { MigrationRecord, PreflightRecord, StartOverride } from '../store/work.ts';

const freshMs = 15 * 60_000;

/**
 * What a start rests on: the preflight, and the override of its failed rows where there is one. Without a preflight, or
 * with an old one, the engine's own preflight decides alone, as it does in any case before the first byte is written.
 *
 * Throws `migration.preflight_stale`, `migration.preflight_running`, `migration.preflight_failed`, `auth.forbidden`.
 */
export async function approveStart(
  ctx: Context,
  tx: Transaction,
  migration: MigrationRecord,
  input: StartInput,
): Promise<{ preflightId: string | null; override: StartOverride | null }> {
  const preflightId = input.preflightId ?? migration.preflightId;
  if (input.override) authorise(ctx, 'admin');
  if (preflightId === null) return { preflightId, override: overrideOf(ctx, input, []) };
  const group = await findPreflight(tx, preflightId);
  checkPreflight(group, migration);
  if (group.some((one) => !isFresh(ctx, one))) return { preflightId, override: overrideOf(ctx, input, []) };
  if (group.some(({ finishedAt }) => finishedAt === null)) throw new FerryError('migration.preflight_running');
  const failed = failedOf(group);
  const isRefused = group.some(({ state, report }) => state === 'failed' || report?.ok !== true);
  const isOverridden = input.override !== undefined && failed.every(({ overridable }) => overridable);
  const names = [...new Set(failed.map(({ id }) => id))];
  if (isRefused && !isOverridden) throw refusal(names);
  return { preflightId, override: overrideOf(ctx, input, names) };
}

const failedOf = (group: PreflightGroup): PreflightRow[] =>
  group.flatMap(({ rows }) => rows.filter(({ status }) => status === 'fail' || status === 'error'));

/** Throws `migration.preflight_stale` unless the preflight was made for these endpoints, mode, options and machines. */
export function checkPreflight(group: PreflightGroup, migration: MigrationRecord): void {
  const isSame = group.every(
    (one) => fingerprint(one) === fingerprint(migration) && migration.machineIds.includes(one.machineId),
  );
  if (!isSame) throw new FerryError('migration.preflight_stale');
}

const refusal = (rows: string[]): FerryError =>
  new FerryError('migration.preflight_failed', { count: rows.length, rows: rows.slice(0, 10).join(', ') });

function isFresh(ctx: Context, { finishedAt }: PreflightRecord): boolean {
  return finishedAt === null || ctx.clock.now() - finishedAt.getTime() < freshMs;
}

/** Rates may change at any time, so that they are no part of what was looked at. */
function fingerprint({
  source,
  target,
  mode,
  options,
}: Pick<MigrationRecord, 'source' | 'target' | 'mode' | 'options'>) {
  return canonicalJson([source.url, target.url, mode, { ...options, rateKeys: 0, rateBytes: 0 }]);
}

function overrideOf(ctx: Context, input: StartInput, rows: string[]): StartOverride | null {
  if (!input.override) return null;
  const at = new Date(ctx.clock.now()).toISOString();
  return { by: actorName(ctx.actor), reason: input.override.reason, at, rows };
}
