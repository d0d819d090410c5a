import type { Preflight, PreflightRow } from '@cacheferry/contract';
import { type MergedRow, mergeRows } from './merge-rows.ts';

/** The server takes a preflight for 15 minutes; asked again a minute before, so that it is not refused at the start. */
const freshMs = 14 * 60_000;

/** Whether a preflight may still be relied on. One that runs is. */
export function isPreflightFresh({ finishedAt }: Pick<Preflight, 'finishedAt'>, now: number): boolean {
  return finishedAt === null || now - Date.parse(finishedAt) < freshMs;
}

/** A row fails when its answer is no, and also when it could not be asked. */
export function isFailed({ status }: Pick<PreflightRow, 'status'>): boolean {
  return status === 'fail' || status === 'error';
}

/** Stands among what was acknowledged once the servers that were found are the right ones. */
export const serversKey = 'servers';

/** Whether servers were found that nobody typed in. */
export function needsConfirmation(preflight: Pick<Preflight, 'report'> | undefined): boolean {
  const { source, target } = preflight?.report ?? {};
  return [source, target].some((facts) => (facts?.members.length ?? 0) > 1);
}

/** The rows as they are shown: one where all machines say the same. */
export function shownRows({ rows, machines = [] }: Pick<Preflight, 'rows' | 'machines'>): MergedRow[] {
  return mergeRows(rows, Math.max(1, machines.length));
}

export type StartGate =
  | { kind: 'ready' }
  | { kind: 'running' }
  | { kind: 'stale' }
  | { kind: 'failed'; count: number; canOverride: boolean }
  | { kind: 'warnings'; left: number }
  | { kind: 'servers' };

/** Whether a start may be asked for, and if not, why. Every warning is acknowledged one by one. */
export function startGate(preflight: Preflight | undefined, acknowledged: readonly string[], now: number): StartGate {
  if (!preflight) return { kind: 'stale' };
  if (preflight.finishedAt === null) return { kind: 'running' };
  if (!isPreflightFresh(preflight, now)) return { kind: 'stale' };
  const failed = preflight.rows.filter(isFailed);
  if (failed.length > 0 || preflight.state === 'failed' || !preflight.ok) {
    const canOverride = failed.length > 0 && preflight.state === 'done' && failed.every((row) => row.overridable);
    return { kind: 'failed', count: failed.length, canOverride };
  }
  const warnings = shownRows(preflight).filter(({ status }) => status === 'warn');
  const left = warnings.filter(({ keys }) => keys.some((key) => !acknowledged.includes(key))).length;
  if (left > 0) return { kind: 'warnings', left };
  const isConfirmed = acknowledged.includes(serversKey) || !needsConfirmation(preflight);
  return { kind: isConfirmed ? 'ready' : 'servers' };
}
