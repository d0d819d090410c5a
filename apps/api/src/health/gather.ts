import { type Migration, type MigrationState, migrationStates } from '@cacheferry/contract';
import { type Context, listMigrations } from '@cacheferry/domain';
import type { AppServices } from '../http/app-deps.ts';
import type { Metric, RequestTimes, Sample } from './metrics.ts';

const gauge = (name: string, help: string, samples: Sample[]): Metric => ({ name, help, type: 'gauge', samples });
const counter = (name: string, help: string, samples: Sample[]): Metric => ({ name, help, type: 'counter', samples });
const shownLive = 200;
const keptMs = 3_000;

/** Reads what /metrics tells; what is read from the database is kept for some seconds, however often it is asked. */
export function createGather(deps: AppServices, ctx: Context, times: RequestTimes) {
  let kept: { at: number; metrics: Promise<Metric[]> } | undefined;
  return async (): Promise<Metric[]> => {
    const now = deps.clock.monotonic();
    if (!kept || now - kept.at > keptMs) kept = { at: now, metrics: ofDatabase(deps, ctx) };
    return [...(await kept.metrics), ...ofProcess(deps), times.read()];
  };
}

async function ofDatabase(deps: AppServices, ctx: Context): Promise<Metric[]> {
  const jobs = await deps.countJobs().catch(() => ({}));
  const totals = await Promise.all(migrationStates.map((state) => countIn(ctx, state)));
  const active = await listMigrations(ctx, { view: 'active', limit: shownLive });
  return [
    gauge(
      'ferry_migrations',
      'Migrations by state.',
      migrationStates.map((state, at) => ({ labels: { state }, value: totals[at] ?? 0 })),
    ),
    ...ofLive(active.items.filter(({ snapshot }) => snapshot !== null)),
    gauge(
      'ferry_jobs',
      'Jobs of the queue by state.',
      Object.entries(jobs).map(([state, value]) => ({ labels: { state }, value: Number(value) })),
    ),
  ];
}

async function countIn(ctx: Context, state: MigrationState): Promise<number> {
  return (await listMigrations(ctx, { state, limit: 1 })).total;
}

type Reading = (migration: Migration) => number | null | undefined;
function ofLive(live: readonly Migration[]): Metric[] {
  const samples = (read: Reading): Sample[] =>
    live.flatMap((migration) => {
      const value = read(migration);
      return value === null || value === undefined ? [] : [{ labels: { migration: migration.id }, value }];
    });
  return [
    gauge(
      'ferry_lag_bytes',
      'Bytes the source is ahead.',
      samples(({ snapshot }) => snapshot?.lagBytes),
    ),
    gauge(
      'ferry_lag_seconds',
      'Age of the oldest byte that is not on the target.',
      samples(({ snapshot }) => (snapshot?.lagMs === null ? null : (snapshot?.lagMs ?? 0) / 1000)),
    ),
    counter(
      'ferry_keys_applied_total',
      'Keys the target acknowledged.',
      samples(({ snapshot }) => snapshot?.keysDone),
    ),
    gauge(
      'ferry_spool_bytes',
      'Bytes received and not applied yet.',
      samples(({ snapshot }) => snapshot?.spoolBytes),
    ),
    counter(
      'ferry_engine_restarts_total',
      'Restarts of the engine.',
      samples(({ restarts }) => restarts),
    ),
    counter(
      'ferry_apply_errors_total',
      'Errors by code.',
      live.flatMap(({ id, snapshot }) =>
        Object.entries(snapshot?.errors ?? {}).map(([code, value]) => ({ labels: { migration: id, code }, value })),
      ),
    ),
  ];
}

function ofProcess({ streams }: AppServices): Metric[] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return [
    gauge('ferry_sse_clients', 'Open event streams.', [{ value: streams.count }]),
    gauge('process_resident_memory_bytes', 'Memory of this process.', [{ value: rss }]),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use.', [{ value: heapUsed }]),
    counter('process_cpu_seconds_total', 'Processor time.', [{ value: (user + system) / 1e6 }]),
  ];
}
