import { type Job, MigrationOptions, type PreflightReport, type PreflightRow } from '@cacheferry/contract';
import { type Clock, FerryError } from '@cacheferry/kernel';
import { openTopology } from '@cacheferry/topology';
import { taskOf } from '../plan/task-of.ts';
import { rulesOf } from '../rules/migration-rules.ts';
import { allChecks } from './all-checks.ts';
import { digestOf } from './digest.ts';
import { End, type OpenTopology } from './end.ts';
import { factsOf } from './endpoint-facts.ts';
import { endpointOfJob } from './endpoint-of-job.ts';
import { type CheckLimits, defaultLimits, runChecks } from './run-checks.ts';

export type PreflightDeps = {
  clock: Clock;
  /** The folder for spool and checkpoints on this machine. */
  workDir: string;
  openTopology?: OpenTopology;
  limits?: CheckLimits;
  /** Leaves out what takes time and never blocks. */
  isQuick?: boolean;
};
export type PreflightWatch = { onRow?: (row: PreflightRow) => void; signal: AbortSignal };

/**
 * Asks every question that has to be answered before a migration may start, and writes nothing to either end.
 *
 * Rows are handed over as they come; the report holds them in their order. Throws `endpoint.invalid` for an address that
 * cannot be read; whatever the servers answer is a row.
 */
export async function runPreflight(deps: PreflightDeps, job: Job, watch: PreflightWatch): Promise<PreflightReport> {
  const startedAt = deps.clock.now();
  const options = MigrationOptions.parse(job.options ?? {});
  const stop = new AbortController();
  const signal = AbortSignal.any([watch.signal, stop.signal]);
  const endDeps = { openTopology: deps.openTopology ?? openTopology, signal };
  const source = new End('source', endpointOfJob(job.source), endDeps);
  const target = new End('target', endpointOfJob(job.target), endDeps);
  try {
    const task = taskOf(job, source.url, target.url);
    const rules = rulesOf(options, source.endpoint, target.endpoint);
    const base = { clock: deps.clock, job, task, options, rules, source, target, workDir: deps.workDir, signal };
    const checks = deps.isQuick ? allChecks.filter((check) => !check.isSlow) : allChecks;
    const rows = await runChecks(checks, base, watch.onRow ?? (() => {}), deps.limits ?? defaultLimits);
    const [sourceFacts, targetFacts] = await Promise.all([factsOf(source), factsOf(target)]);
    const ends = { source: { url: source.url, facts: sourceFacts }, target: { url: target.url, facts: targetFacts } };
    return {
      ok: rows.every(({ status }) => status !== 'fail' && status !== 'error'),
      rows,
      source: sourceFacts,
      target: targetFacts,
      digest: digestOf({ job, options, ...ends }),
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(deps.clock.now()).toISOString(),
    };
  } finally {
    stop.abort(new FerryError('endpoint.link_lost', { endpoint: 'preflight' }));
    await Promise.all([source.close(), target.close()]);
  }
}
