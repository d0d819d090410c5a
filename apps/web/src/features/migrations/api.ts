import {
  Forgotten,
  type LostClass,
  LostPage,
  Metrics,
  Migration,
  MigrationConfig,
  type MigrationInput,
  Preflight,
  type PreflightInput,
  pageOf,
  type RateInput,
  type StartInput,
  StateChange,
} from '@cacheferry/contract';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { queryString, request, sendOnly } from '../../app/http/request.ts';
import { migrationKeys } from './keys.ts';

const MigrationPage = pageOf(Migration);

export type ListParams = {
  q?: string | undefined;
  state?: string | undefined;
  view?: 'active' | 'ended' | undefined;
  machineId?: string | undefined;
  sort?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
};

/** One page of migrations. */
export const migrationsQuery = (params: ListParams) =>
  queryOptions({
    queryKey: [...migrationKeys.lists, params],
    queryFn: ({ signal }) => request(MigrationPage, `/migrations${queryString(params)}`, { signal }),
    placeholderData: keepPreviousData,
  });

/** How many migrations have not ended. */
export const activeCountQuery = queryOptions({
  ...migrationsQuery({ view: 'active', limit: 1 }),
  select: (page) => page.total,
});

/** One migration; the stream of events keeps it fresh. */
export const migrationQuery = (id: string) =>
  queryOptions({
    queryKey: migrationKeys.one(id),
    queryFn: ({ signal }) => request(Migration, `/migrations/${id}`, { signal }),
  });

/** The effective configuration, secrets masked. */
export const configQuery = (id: string) =>
  queryOptions({
    queryKey: migrationKeys.config(id),
    queryFn: ({ signal }) => request(MigrationConfig, `/migrations/${id}/config`, { signal }),
  });

/** Every change of state, oldest first. */
export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: migrationKeys.history(id),
    queryFn: ({ signal }) =>
      request(z.object({ items: z.array(StateChange) }), `/migrations/${id}/history`, { signal }),
  });

/** Points for the charts: the last `ms` before `end` (now, unless it has ended), one every `step` seconds. */
export const metricsQuery = (id: string, { ms, step, end }: { ms: number; step: number; end: string | null }) =>
  queryOptions({
    queryKey: [...migrationKeys.metrics(id), ms, end],
    queryFn: ({ signal }) => {
      const last = end ? Date.parse(end) + 1000 : Date.now();
      const range = {
        from: new Date(last - ms).toISOString(),
        to: end ? new Date(last).toISOString() : undefined,
        step,
      };
      return request(Metrics, `/migrations/${id}/metrics${queryString(range)}`, { signal });
    },
    placeholderData: keepPreviousData,
  });

/** A preflight, asked again every half second until it has ended. */
export const preflightQuery = (id: string) =>
  queryOptions({
    queryKey: migrationKeys.preflight(id),
    queryFn: ({ signal }) => request(Preflight, `/preflights/${id}`, { signal }),
    refetchInterval: ({ state: { data } }) =>
      data && data.state !== 'queued' && data.state !== 'running' ? false : 500,
  });

export const createPreflight = (body: PreflightInput): Promise<Preflight> =>
  request(Preflight, '/preflights', { method: 'POST', body });

export const createMigration = (body: MigrationInput, idempotencyKey: string): Promise<Migration> =>
  request(Migration, '/migrations', { method: 'POST', body, idempotencyKey });

export type MigrationAction = 'start' | 'pause' | 'resume' | 'stop' | 'rate';

/** Asks for a change; the answer tells what is pending, the engine's own report comes by the stream. */
export const actOnMigration = (
  id: string,
  action: MigrationAction,
  body: StartInput | RateInput = {},
): Promise<Migration> => request(Migration, `/migrations/${id}/${action}`, { method: 'POST', body });

export const deleteMigration = (id: string): Promise<void> => sendOnly(`/migrations/${id}`, { method: 'DELETE' });

/** Lets the machine of the migration remove its notes from the target. */
export const forgetMigration = (id: string): Promise<Forgotten> =>
  request(Forgotten, `/migrations/${id}/forget`, { method: 'POST', body: {} });

/** What of one class did not arrive, page by page. */
export const lostQuery = (id: string, name: LostClass) =>
  infiniteQueryOptions({
    queryKey: migrationKeys.lost(id, name),
    queryFn: ({ signal, pageParam }) =>
      request(LostPage, `/migrations/${id}/lost${queryString({ class: name, after: pageParam })}`, { signal }),
    initialPageParam: '0',
    getNextPageParam: (page) => page.nextCursor,
  });
