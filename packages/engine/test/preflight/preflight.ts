import { Job, type JobInput, type PreflightReport, type PreflightRow } from '@cacheferry/contract';
import { systemClock } from '@cacheferry/kernel';
import { tempDir } from '@cacheferry/testkit';
import { runPreflight } from '../../src/preflight/run-preflight.ts';

/** Runs the preflight of a job given by two addresses; only one that `watches` looks on for a second how busy the source is. */
export function preflight(
  source: string,
  target: string,
  { watches = false, ...job }: Partial<JobInput> & { watches?: boolean } = {},
): Promise<PreflightReport> {
  const whole = Job.parse({ version: 1, kind: 'preflight', source: { url: source }, target: { url: target }, ...job });
  const deps = { clock: systemClock, workDir: tempDir('preflight'), isQuick: !watches };
  return runPreflight(deps, whole, { signal: new AbortController().signal });
}

/** The row of that id, the first one where there are several. */
export function rowOf(report: PreflightReport, id: string): PreflightRow {
  const row = report.rows.find((one) => one.id === id);
  if (!row) throw new Error(`there is no row ${id}; there are ${report.rows.map((one) => one.id).join(', ')}`);
  return row;
}

/** Status by id, of those that did not pass. How busy this machine is says nothing about the servers. */
export function notable(report: PreflightReport): Record<string, string> {
  const rows = report.rows.filter(({ id, status }) => status !== 'pass' && id !== 'machine.cpu');
  return Object.fromEntries(rows.map(({ id, status, code }) => [id, `${status} ${code}`]));
}
