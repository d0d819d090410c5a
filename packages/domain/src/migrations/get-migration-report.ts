import type { Check, Migration, MigrationConfig, Preflight, StateChange, StoredEvent } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import { checkView } from '../checks/check-view.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { findPreflight } from '../preflights/find-preflight.ts';
import { preflightView } from '../preflights/preflight-view.ts';
import type { CommandRecord, StoredRun } from '../store/runs.ts';
import type { MigrationRecord, StartOverride } from '../store/work.ts';
import { getMigrationConfig } from './get-migration-config.ts';
import { getStateHistory } from './get-state-history.ts';
import { migrationView } from './migration-view.ts';

export type Stay = { state: string; from: string; to: string | null; seconds: number };
export type MigrationReport = {
  version: 1;
  createdAt: string;
  migration: Migration;
  config: MigrationConfig;
  preflight: Preflight | null;
  override: StartOverride | null;
  history: StateChange[];
  /** How long it was in each state, in order. */
  stays: Stay[];
  runs: ReturnType<typeof runView>[];
  requests: ReturnType<typeof requestView>[];
  /** Elements that the target could not hold or refused, by class; keys passed over; errors, by code. */
  lost: Record<string, number>;
  keysSkipped: number;
  errorCounts: Record<string, number>;
  errors: StoredEvent[];
  checks: Check[];
};

const mostErrors = 200;

/** Everything that is known of a migration, as one document without secrets. */
export async function getMigrationReport(ctx: Context, id: string): Promise<MigrationReport> {
  authorise(ctx, 'viewer');
  const { store } = ctx;
  const record = found(await store.migrations.find(id), 'migration');
  const history = await getStateHistory(ctx, id);
  const errors = { after: null, before: null, levels: null, types: ['error'], q: null };
  const now = ctx.clock.now();
  return {
    version: 1,
    createdAt: new Date(now).toISOString(),
    migration: await migrationView(store, record),
    config: await getMigrationConfig(ctx, id),
    preflight: await preflightOf(ctx, record),
    override: record.override,
    history,
    stays: staysOf(record, history, now),
    runs: (await store.runs.ofSubject(id)).map(runView),
    requests: (await store.commands.ofMigration(id)).map(requestView),
    lost: record.snapshot?.lost ?? {},
    keysSkipped: record.snapshot?.keysSkipped ?? 0,
    errorCounts: record.snapshot?.errors ?? {},
    errors: await store.events.search(id, errors, mostErrors),
    checks: (await store.checks.ofMigration(id)).map(checkView),
  };
}

async function preflightOf(ctx: Context, { preflightId }: MigrationRecord): Promise<Preflight | null> {
  const isKept = preflightId !== null && (await ctx.store.preflights.find(preflightId)) !== null;
  return isKept ? preflightView(await findPreflight(ctx.store, preflightId)) : null;
}

/** The states in order, each with its beginning, end and length. */
export function staysOf(
  { createdAt }: Pick<MigrationRecord, 'createdAt'>,
  history: StateChange[],
  now: number,
): Stay[] {
  const marks = [{ to: 'draft', at: createdAt.toISOString() }, ...history];
  return marks.map(({ to: state, at: from }, index) => {
    const to = marks[index + 1]?.at ?? null;
    const length = (to === null ? now : Date.parse(to)) - Date.parse(from);
    return { state, from, to, seconds: Math.max(0, Math.round(length / 1000)) };
  });
}

const runView = ({ id, machineId, launches, outcome, lastError, createdAt, endedAt }: StoredRun) => ({
  id,
  machineId,
  launches,
  outcome,
  lastError,
  createdAt: createdAt.toISOString(),
  endedAt: endedAt?.toISOString() ?? null,
});

const requestView = ({ command, args, byName, createdAt, closedAt, outcome }: CommandRecord) => ({
  command,
  args,
  by: byName,
  at: createdAt.toISOString(),
  settledAt: closedAt?.toISOString() ?? null,
  outcome,
});
