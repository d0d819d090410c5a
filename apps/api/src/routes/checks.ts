import {
  Check,
  CheckFilter,
  CheckInput,
  ConflictFilter,
  ListQuery,
  pageOf,
  StoredConflict,
} from '@cacheferry/contract';
import { createCheck, getCheck, listChecks, listConflicts, repairCheck, stopCheck } from '@cacheferry/domain';
import * as z from 'zod/mini';
import { json, type Route, route } from '../http/route.ts';
import { ById, NoFields } from './shapes.ts';

const tag = 'Checks';
const CheckQuery = z.extend(ListQuery, CheckFilter.shape);
const ConflictQuery = z.extend(ListQuery, ConflictFilter.shape);

/** Full checks: comparisons of source and target. */
export const checkRoutes: readonly Route[] = [
  route('POST /migrations/:id/checks', {
    needs: 'operator',
    tag,
    summary: 'Start a full check of a migration',
    params: ById,
    body: CheckInput,
    answer: json(Check, 'Check', 201),
    handle: ({ ctx, params, body }) => createCheck(ctx, params.id, body),
  }),
  route('GET /migrations/:id/checks', {
    needs: 'viewer',
    tag,
    summary: 'The full checks of a migration',
    params: ById,
    query: CheckQuery,
    answer: json(pageOf(Check), 'CheckPage'),
    handle: ({ ctx, params, query }) => listChecks(ctx, { ...query, migrationId: params.id }),
  }),
  route('GET /checks', {
    needs: 'viewer',
    tag,
    summary: 'List full checks',
    query: CheckQuery,
    answer: json(pageOf(Check), 'CheckPage'),
    handle: ({ ctx, query }) => listChecks(ctx, query),
  }),
  route('GET /checks/:id', {
    needs: 'viewer',
    tag,
    summary: 'One full check with its newest snapshot or its result',
    params: ById,
    answer: json(Check, 'Check'),
    handle: ({ ctx, params }) => getCheck(ctx, params.id),
  }),
  route('POST /checks/:id/stop', {
    needs: 'operator',
    tag,
    summary: 'Stop a full check; what it found stays',
    params: ById,
    body: NoFields,
    answer: json(Check, 'Check', 202),
    handle: ({ ctx, params }) => stopCheck(ctx, params.id),
  }),
  route('POST /checks/:id/repair', {
    needs: 'operator',
    tag,
    summary: 'Copy differing keys anew: answers the check that does it',
    params: ById,
    body: NoFields,
    answer: json(Check, 'Check', 201),
    handle: ({ ctx, params }) => repairCheck(ctx, params.id),
  }),
  route('GET /checks/:id/conflicts', {
    needs: 'viewer',
    tag,
    summary: 'Conflicts of a full check',
    params: ById,
    query: ConflictQuery,
    answer: json(pageOf(StoredConflict), 'ConflictPage'),
    handle: ({ ctx, params, query }) => listConflicts(ctx, params.id, query),
  }),
];
