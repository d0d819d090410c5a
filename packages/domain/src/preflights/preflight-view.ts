import type { Preflight, PreflightShare } from '@cacheferry/contract';
import type { PreflightRecord } from '../store/work.ts';
import type { PreflightGroup } from './find-preflight.ts';

/** A preflight as the API shows one. `ok` is true only for one that has ended well on every machine. */
export function preflightView([first, ...more]: PreflightGroup): Preflight {
  const { id, machineId, source, target, mode, options, rows, report, state, problem } = first;
  const asked = { id, machineId, source, target, mode, options, createdAt: first.createdAt.toISOString() };
  const view = { ...asked, rows, report, state, problem, machines: [] };
  const machines = [first, ...more].map(shareOf);
  if (more.length === 0) return { ...view, ok: isOk(first), finishedAt: first.finishedAt?.toISOString() ?? null };
  return {
    ...view,
    machines,
    state: stateOf(machines),
    ok: machines.every(({ ok }) => ok),
    rows: [first, ...more].flatMap(({ machineId, rows }) => rows.map((row) => ({ ...row, machineId }))),
    problem: machines.find(({ problem }) => problem)?.problem ?? null,
    finishedAt: lastOf(machines.map(({ finishedAt }) => finishedAt)),
  };
}

const isOk = ({ state, report }: PreflightRecord): boolean => state === 'done' && report?.ok === true;

function shareOf(preflight: PreflightRecord): PreflightShare {
  const { machineId, state, report, problem, finishedAt } = preflight;
  return { machineId, state, ok: isOk(preflight), report, problem, finishedAt: finishedAt?.toISOString() ?? null };
}

function stateOf(machines: readonly PreflightShare[]): Preflight['state'] {
  const states = machines.map(({ state }) => state);
  if (states.every((state) => state === 'queued')) return 'queued';
  if (states.some((state) => state === 'queued' || state === 'running')) return 'running';
  return states.includes('failed') ? 'failed' : 'done';
}

/** The latest of them, or `null` while one is missing. */
function lastOf(times: readonly (string | null)[]): string | null {
  const known = times.filter((time) => time !== null).sort();
  return known.length < times.length ? null : (known.at(-1) ?? null);
}
