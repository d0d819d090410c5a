import type { StartInput } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { actorName, authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { canonicalJson } from '../plain-json.ts';
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
  const preflight = found(await tx.preflights.find(preflightId), 'preflight');
  checkPreflight(preflight, migration);
  if (!isFresh(ctx, preflight)) return { preflightId, override: overrideOf(ctx, input, []) };
  if (preflight.finishedAt === null) throw new FerryError('migration.preflight_running');
  const failed = preflight.rows.filter(({ status }) => status === 'fail' || status === 'error');
  const isRefused = preflight.state === 'failed' || preflight.report?.ok !== true;
  const isOverridden = input.override !== undefined && failed.every(({ overridable }) => overridable);
  if (isRefused && !isOverridden) throw refusal(failed.map(({ id }) => id));
  return {
    preflightId,
    override: overrideOf(
      ctx,
      input,
      failed.map(({ id }) => id),
    ),
  };
}

/** Throws `migration.preflight_stale` unless the preflight was made for these endpoints, mode, options and machine. */
export function checkPreflight(preflight: PreflightRecord, migration: MigrationRecord): void {
  const isSame =
    fingerprint(preflight) === fingerprint(migration) && migration.machineIds.includes(preflight.machineId);
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
