import type { StoredRun } from '../store/runs.ts';
import type { RunRecord } from './ports.ts';

/** A run as the supervisor sees it. */
export function runRecord(run: StoredRun): RunRecord {
  const { id, kind, migrationId, machineId, wanted, phase, isLost, launches } = run;
  const { stateDir, pid, engineSha256, lastSeq, outcome, lastError } = run;
  const checkId = kind === 'check' ? run.subjectId : null;
  const work = { id, kind, migrationId, checkId, machineId, wanted, phase, isLost, launches };
  return { ...work, stateDir, pid, engineSha256, lastSeq, outcome, lastError };
}
