import { Check, type CheckOptionsInput, type ConflictFilter, pageOf, StoredConflict } from '@cacheferry/contract';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { apiRoot, queryString, request } from '../../app/http/request.ts';
import { checkKeys } from './keys.ts';

const CheckPage = pageOf(Check);
const ConflictPage = pageOf(StoredConflict);

export type CheckListParams = {
  migrationId?: string | undefined;
  state?: string | undefined;
  q?: string | undefined;
  sort?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
};

/** One page of full checks. */
export const checksQuery = (params: CheckListParams) =>
  queryOptions({
    queryKey: [...checkKeys.all, 'list', params],
    queryFn: ({ signal }) => request(CheckPage, `/checks${queryString(params)}`, { signal }),
    placeholderData: keepPreviousData,
  });

/** One full check. */
export const checkQuery = (id: string) =>
  queryOptions({
    queryKey: checkKeys.one(id),
    queryFn: ({ signal }) => request(Check, `/checks/${id}`, { signal }),
  });

export type ConflictParams = {
  [K in keyof ConflictFilter]?: ConflictFilter[K] | undefined;
} & { q?: string | undefined; cursor?: string | undefined; limit?: number | undefined };

/** One page of conflicts under a filter. */
export const conflictsQuery = (id: string, params: ConflictParams) =>
  queryOptions({
    queryKey: [...checkKeys.conflicts(id), params],
    queryFn: ({ signal }) => request(ConflictPage, `/checks/${id}/conflicts${queryString(params)}`, { signal }),
    placeholderData: keepPreviousData,
  });

export const createCheck = (migrationId: string, body: CheckOptionsInput, idempotencyKey: string): Promise<Check> =>
  request(Check, `/migrations/${migrationId}/checks`, { method: 'POST', body, idempotencyKey });

export const stopCheck = (id: string): Promise<Check> =>
  request(Check, `/checks/${id}/stop`, { method: 'POST', body: {} });

/** Copies differing keys anew from the source; runs as a new check with repair, which is answered. */
export const repairCheck = (id: string, idempotencyKey: string): Promise<Check> =>
  request(Check, `/checks/${id}/repair`, { method: 'POST', body: {}, idempotencyKey });

/** Where all conflicts under a filter can be downloaded. */
export const exportHref = (id: string, kind: 'jsonl' | 'csv', params: ConflictParams): string =>
  `${apiRoot}/checks/${id}/conflicts.${kind}${queryString(params)}`;
