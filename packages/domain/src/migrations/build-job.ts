import type { EndpointSecrets, Job, JobEndpoint } from '@cacheferry/contract';
import { ratePartOf } from '../runs/deliver-commands.ts';
import { shareOf } from '../runs/shares.ts';
import type { Repositories } from '../store/index.ts';
import type { StoredRun } from '../store/runs.ts';
import type { CheckRecord, MigrationRecord } from '../store/work.ts';
import type { EndRecord } from '../store/places.ts';

/** The job of a run, with its secrets opened: it goes to the machine and nowhere else. */
export async function buildJob(
  store: Pick<Repositories, 'migrations' | 'endpoints' | 'runs'>,
  run: Pick<StoredRun, 'id' | 'subjectId' | 'machineId'> & { epoch: number; isLast: boolean },
  migration: MigrationRecord,
  check: CheckRecord | null,
): Promise<Job> {
  const { source, target, mode } = migration;
  const share = check ? undefined : shareOf(migration, run.machineId);
  const divide = share && (await ratePartOf(store, run.id));
  const options = { ...migration.options, ...divide?.(migration.options) };
  const secrets = await store.migrations.secrets(migration.id);
  return {
    version: 1,
    kind: check ? 'check' : 'migrate',
    // A check goes by the checkpoint of its migration.
    task: migration.id,
    runId: run.id,
    epoch: run.epoch,
    source: await openEnd(store, source, secrets.source),
    target: await openEnd(store, target, secrets.target),
    mode,
    options,
    ...(share ? { share: { ...share, mayBeEmpty: true, isLast: run.isLast } } : {}),
    ...(check ? { check: check.options } : {}),
    ...(migration.override ? { overrides: overridesOf(migration.override.rows) } : {}),
  };
}

/** Without a preflight nobody knew what would fail: everything that can be overridden is. */
const overridesOf = (rows: readonly string[]): string[] => (rows.length === 0 ? ['*'] : [...rows]);

/** A saved endpoint's newer secrets are used as long as its address is still the one of the migration. */
export async function openEnd(
  store: Pick<Repositories, 'endpoints'>,
  end: EndRecord,
  stored: EndpointSecrets,
): Promise<JobEndpoint> {
  const saved = end.endpointId === null ? null : await store.endpoints.find(end.endpointId);
  const secrets = saved && saved.url === end.url ? await store.endpoints.secrets(saved.id) : stored;
  return { url: end.url, ...secrets };
}
