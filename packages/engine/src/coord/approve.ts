import { formatEndpointUrl, type Job, parseEndpointUrl, type PreflightRow } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { runPreflight } from '../preflight/run-preflight.ts';
import type { MigrationRun } from './open-run.ts';
import { isLeftOut, proposeShares } from './propose-shares.ts';

/**
 * Asks the preflight before anything is written. A migration that goes on was approved when it began.
 *
 * Throws `preflight.blocked` with the reasons; `target.key_exists` when a key stands on both sides that must not;
 * `filter.target_filled` when the rules need a target without keys. Other
 * keys on the target are no obstacle here: one that collides ends the run when it is met.
 */
export async function approve(run: MigrationRun): Promise<void> {
  const { record, job, control, signal } = run;
  if (record.hasWritten || run.shards.length === 0) return;
  const { share } = job;
  const ends = AbortSignal.any([signal, control.stopSignal]);
  // The others may have filled the target meanwhile.
  if (share?.mayBeEmpty && isLeftOut(await proposeShares(run, share, ends), share)) return;
  await askPreflight(run);
}

/** The work of `approve`, whatever was written before. */
export async function askPreflight(run: MigrationRun): Promise<void> {
  const { deps, job, events, control, signal } = run;
  const watch = { signal: AbortSignal.any([signal, control.stopSignal]) };
  const { rows } = await runPreflight({ clock: deps.clock, workDir: deps.dir, isQuick: true }, job, watch);
  const note = (level: 'warn' | 'error', msg: string, { id, code, scope, message, fix, facts }: PreflightRow) =>
    events.append({ type: 'log', level, msg, check: id, scope, reason: message, fix, outcome: code, facts });
  const blocking = rows.filter((row) => blocks(row, job));
  for (const row of rows)
    if (row.status !== 'pass' && row.status !== 'skipped' && !blocking.includes(row))
      note('warn', 'The preflight warns', row);
  if (blocking.length === 0) return;
  for (const row of blocking) note('error', 'The preflight blocks', row);
  const [collision, ...others] = blocking;
  if (collision?.code === overlapCode && others.length === 0)
    throw new FerryError('target.key_exists', { ...collision.facts, endpoint: collision.scope });
  if (collision?.code === filledByValuesCode && others.length === 0)
    throw new FerryError('filter.target_filled', { endpoint: formatEndpointUrl(parseEndpointUrl(job.target.url)) });
  throw blockedBy(blocking);
}

/** `check`, `outcome` and the facts of the first row: what a page says it by in its own language. */
export function blockedBy(rows: readonly PreflightRow[]): FerryError {
  const [first] = rows;
  return new FerryError('preflight.blocked', {
    ...first?.facts,
    count: rows.length,
    rows: rows.map(({ id, message }) => `${id}: ${message}`).join('; '),
    fixes: [...new Set(rows.map(({ fix }) => fix))].filter(Boolean).join(' '),
    check: first?.id ?? '',
    outcome: first?.code ?? '',
  });
}

const overlapCode = 'overlap_fail';
const filledByValuesCode = 'filled_values';
/** What a target cannot hold is listed and counted while all else is copied: the run's end tells it, not its beginning. */
const countedAsLost = new Set(['pair.functions', 'pair.key_size', 'pair.modules', 'pair.version']);
const filledCode = 'filled_fail';

function blocks({ id, status, overridable, code }: PreflightRow, { overrides = [] }: Job): boolean {
  if (status !== 'fail' && status !== 'error') return false;
  if (code === filledCode || (overridable && countedAsLost.has(id))) return false;
  return !(overridable && (overrides.includes(id) || overrides.includes('*')));
}
