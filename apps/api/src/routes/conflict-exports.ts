import { ConflictFilter, type StoredConflict } from '@cacheferry/contract';
import { streamConflicts } from '@cacheferry/domain';
import { printableKey } from '@cacheferry/kernel';
import * as z from 'zod/mini';
import { type Route, route, stream } from '../http/route.ts';
import { csvCell } from '../http/text-safety.ts';
import { ById } from './shapes.ts';

const Filter = z.extend(ConflictFilter, { q: z.optional(z.string().check(z.maxLength(200))) });

const columns: readonly [string, (conflict: StoredConflict) => string | number | null][] = [
  ['db', ({ db }) => db],
  ['class', (conflict) => conflict.class],
  ['type', ({ type }) => type],
  ['key', ({ key }) => printableKey(Buffer.from(key, 'base64'), 1024)],
  ['keyBase64', ({ key }) => key],
  ['field', ({ detail }) => (detail.differences ?? []).map(({ at }) => at).join(' ')],
  ['sourceLen', ({ source }) => source?.length ?? null],
  ['targetLen', ({ target }) => target?.length ?? null],
  ['sourceTtlMs', ({ source }) => source?.pttlAt ?? null],
  ['targetTtlMs', ({ target }) => target?.pttlAt ?? null],
  ['round', ({ round }) => round],
  ['detail', ({ detail }) => detail.message],
];

async function* toCsv(conflicts: AsyncIterable<StoredConflict>): AsyncGenerator<string, void> {
  yield `${columns.map(([name]) => name).join(',')}\r\n`;
  for await (const conflict of conflicts) yield `${columns.map(([, read]) => csvCell(read(conflict))).join(',')}\r\n`;
}

async function* toJsonLines(conflicts: AsyncIterable<StoredConflict>): AsyncGenerator<string, void> {
  for await (const conflict of conflicts) yield `${JSON.stringify(conflict)}\n`;
}

const exportAs = (kind: 'jsonl' | 'csv', type: string, write: typeof toCsv): Route =>
  route(`GET /checks/:id/conflicts.${kind}`, {
    needs: 'viewer',
    tag: 'Checks',
    summary: `Download the conflicts of a full check as ${kind.toUpperCase()}`,
    params: ById,
    query: Filter,
    answer: stream(type),
    handle: ({ ctx, params, query, deps, reply }) => {
      const lines = write(streamConflicts(ctx, params.id, query));
      return deps.downloads.send(reply, { name: `conflicts-${params.id}.${kind}`, type, lines });
    },
  });

/** Downloads of conflicts. */
export const conflictExportRoutes: readonly Route[] = [
  exportAs('jsonl', 'application/x-ndjson; charset=utf-8', toJsonLines),
  exportAs('csv', 'text/csv; charset=utf-8', toCsv),
];
