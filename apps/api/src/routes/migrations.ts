import {
  Forgotten,
  ListQuery,
  LostPage,
  LostQuery,
  Metrics,
  MetricsQuery,
  Migration,
  MigrationConfig,
  MigrationFilter,
  MigrationInput,
  Preflight,
  PreflightInput,
  pageOf,
  RateInput,
  StartInput,
  StateChange,
} from '@cacheferry/contract';
import {
  type Context,
  createMigration,
  createPreflight,
  cutoverMigration,
  deleteMigration,
  fenceMigration,
  getMetrics,
  getMigration,
  getMigrationConfig,
  getMigrationReport,
  getPreflight,
  getStateHistory,
  listLost,
  listMigrations,
  pauseMigration,
  rateMigration,
  resumeMigration,
  rollbackMigration,
  startMigration,
  stopMigration,
  unfenceMigration,
} from '@cacheferry/domain';
import * as z from 'zod/mini';
import { patiently } from '../http/patiently.ts';
import { json, nothing, type Route, route } from '../http/route.ts';
import { allOf, ById, NoFields } from './shapes.ts';

const tag = 'Migrations';
const answersMigration = json(Migration, 'Migration');
const MigrationQuery = z.extend(ListQuery, MigrationFilter.shape);
const Report = z.looseObject({ version: z.number(), migration: Migration });

/** A target with very many keys is looked through whole. */
const forgetPatienceMs = 300_000;

type Steer = (ctx: Context, id: string) => Promise<unknown>;
const steer = (name: string, summary: string, act: Steer): Route =>
  route(`POST /migrations/:id/${name}`, {
    needs: 'operator',
    tag,
    summary,
    params: ById,
    body: NoFields,
    answer: json(Migration, 'Migration', 202),
    handle: ({ ctx, params }) => act(ctx, params.id),
  });

/** Preflights: what a machine finds before anything is written. */
export const preflightRoutes: readonly Route[] = [
  route('POST /preflights', {
    needs: 'operator',
    tag: 'Preflights',
    summary: 'Let a machine check source and target; rows fill up while it runs',
    body: PreflightInput,
    answer: json(Preflight, 'Preflight', 202),
    handle: ({ ctx, body }) => createPreflight(ctx, body),
  }),
  route('GET /preflights/:id', {
    needs: 'viewer',
    tag: 'Preflights',
    summary: 'One preflight',
    params: ById,
    answer: json(Preflight, 'Preflight'),
    handle: ({ ctx, params }) => getPreflight(ctx, params.id),
  }),
];

/** Migrations: made, read and steered. */
export const migrationRoutes: readonly Route[] = [
  route('GET /migrations', {
    needs: 'viewer',
    tag,
    summary: 'List migrations',
    query: MigrationQuery,
    answer: json(pageOf(Migration), 'MigrationPage'),
    handle: ({ ctx, query }) => listMigrations(ctx, query),
  }),
  route('POST /migrations', {
    needs: 'operator',
    tag,
    summary: 'Make a migration; it starts by a call of its own',
    body: MigrationInput,
    answer: json(Migration, 'Migration', 201),
    handle: ({ ctx, body }) => createMigration(ctx, body),
  }),
  route('GET /migrations/:id', {
    needs: 'viewer',
    tag,
    summary: 'One migration with its newest snapshot',
    params: ById,
    answer: answersMigration,
    handle: ({ ctx, params }) => getMigration(ctx, params.id),
  }),
  route('DELETE /migrations/:id', {
    needs: 'operator',
    tag,
    summary: 'Remove a migration that does not run',
    params: ById,
    answer: nothing,
    handle: ({ ctx, params }) => deleteMigration(ctx, params.id),
  }),
  route('POST /migrations/:id/start', {
    needs: 'operator',
    tag,
    summary: 'Start, or go on from the checkpoint',
    params: ById,
    body: StartInput,
    answer: json(Migration, 'Migration', 202),
    handle: ({ ctx, params, body }) => startMigration(ctx, params.id, body),
  }),
  route('POST /migrations/:id/rate', {
    needs: 'operator',
    tag,
    summary: 'Limit keys and bytes per second; 0 is no limit',
    params: ById,
    body: RateInput,
    answer: json(Migration, 'Migration', 202),
    handle: ({ ctx, params, body }) => rateMigration(ctx, params.id, body),
  }),
  steer('pause', 'Stop applying, keep receiving', pauseMigration),
  steer('resume', 'Go on applying', resumeMigration),
  steer('stop', 'Stop; it can be started again from its checkpoint', stopMigration),
  steer('fence', 'Stop writes at the source, for a limited time', fenceMigration),
  steer('unfence', 'Allow writes at the source again', unfenceMigration),
  steer('cutover', 'Begin to move clients to the target', cutoverMigration),
  steer('rollback', 'Go back to the source', rollbackMigration),
  route('POST /migrations/:id/forget', {
    needs: 'operator',
    tag,
    summary: 'Remove what an ended migration has noted on its target; it cannot go on from its checkpoint then',
    params: ById,
    body: NoFields,
    answer: json(Forgotten, 'Forgotten'),
    handle: (call) =>
      patiently(call, forgetPatienceMs, (signal) => call.deps.forgetTarget(call.ctx, call.params.id, signal)),
  }),
  route('GET /migrations/:id/lost', {
    needs: 'viewer',
    tag,
    summary: 'What could not be carried over, by class, with its keys as far as they were listed',
    params: ById,
    query: LostQuery,
    answer: json(LostPage, 'LostPage'),
    handle: ({ ctx, params, query }) => listLost(ctx, params.id, query),
  }),
  route('GET /migrations/:id/config', {
    needs: 'viewer',
    tag,
    summary: 'The effective job with its secrets masked, and the same as a ferry command',
    params: ById,
    answer: json(MigrationConfig, 'MigrationConfig'),
    handle: ({ ctx, params }) => getMigrationConfig(ctx, params.id),
  }),
  route('GET /migrations/:id/report', {
    needs: 'viewer',
    tag,
    summary: 'Everything known of a migration as one document',
    params: ById,
    answer: json(Report, 'MigrationReport'),
    handle: ({ ctx, params }) => getMigrationReport(ctx, params.id),
  }),
  route('GET /migrations/:id/metrics', {
    needs: 'viewer',
    tag,
    summary: 'Points for charts',
    params: ById,
    query: MetricsQuery,
    answer: json(Metrics, 'Metrics'),
    handle: ({ ctx, params, query }) => getMetrics(ctx, params.id, query),
  }),
  route('GET /migrations/:id/history', {
    needs: 'viewer',
    tag,
    summary: 'Every change of state',
    params: ById,
    answer: json(allOf(StateChange), 'StateHistory'),
    handle: async ({ ctx, params }) => ({ items: await getStateHistory(ctx, params.id) }),
  }),
];
