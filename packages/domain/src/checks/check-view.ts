import type { Check } from '@cacheferry/contract';
import type { CheckRecord } from '../store/work.ts';

/** A full check as the API shows one. */
export function checkView(check: CheckRecord): Check {
  return {
    id: check.id,
    migrationId: check.migrationId,
    migrationName: check.migrationName,
    machineId: check.machineId,
    state: check.state,
    options: check.options,
    snapshot: check.snapshot,
    result: check.result,
    conflicts: check.conflicts,
    problem: check.problem,
    by: { id: check.byId, username: check.byName },
    createdAt: check.createdAt.toISOString(),
    startedAt: check.startedAt?.toISOString() ?? null,
    finishedAt: check.finishedAt?.toISOString() ?? null,
  };
}
