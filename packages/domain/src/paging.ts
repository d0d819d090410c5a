import { Buffer } from 'node:buffer';
import type { ListQuery } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { plainText } from './plain-json.ts';
import type { PageRequest, Rows, SortValue } from './store/page.ts';

/** The fields that a list may be sorted by, and what they hold. */
export type Sorts = Record<string, 'text' | 'number' | 'time'>;
export type Page<T> = { items: T[]; nextCursor: string | null; total: number };

/** Reads the common query of a list. Throws `request.invalid` for an unknown sort or a cursor that is not this list's. */
export function pageRequest(query: ListQuery, sorts: Sorts, fallback: string): PageRequest {
  const sort = query.sort ?? fallback;
  const field = sort.replace(/^-/, '');
  const kind = Object.hasOwn(sorts, field) ? sorts[field] : undefined;
  if (!kind) throw invalid('sort', `it can be ${Object.keys(sorts).join(', ')}, with a minus for descending`);
  const after = query.cursor === undefined ? null : readCursor(query.cursor, sort, kind);
  const q = query.q?.trim() ? plainText(query.q.trim()) : null;
  return { limit: query.limit, sort: { field, isDescending: sort.startsWith('-') }, after, q };
}

/** One page of a list out of the rows that were found, with the cursor of the next. */
export function toPage<R extends { id: string }, T>(
  found: Rows<R>,
  request: PageRequest,
  view: (row: R) => T,
): Page<T> {
  const rows = found.rows.slice(0, request.limit);
  const last = found.rows.length > request.limit ? rows.at(-1) : undefined;
  return { items: rows.map(view), nextCursor: last ? writeCursor(last, request) : null, total: found.total };
}

/** A text list of names as one of known names; throws `request.invalid`. */
export function readNames<T extends string>(text: string | undefined, known: readonly T[], path: string): T[] | null {
  if (text === undefined || text === '') return null;
  return text.split(',').map((name) => {
    const found = known.find((one) => one === name.trim());
    if (!found) throw invalid(path, `it can hold ${known.join(', ')}`);
    return found;
  });
}

/** A request that the schema allowed and that still cannot be: `path` names the field. */
export function invalid(path: string, message: string): FerryError {
  return new FerryError('request.invalid', { path, message }, new Error(`${path}: ${message}`));
}

function writeCursor(row: { id: string }, { sort }: PageRequest): string {
  const value = (row as Record<string, unknown>)[sort.field];
  const text = value instanceof Date ? value.toISOString() : (value ?? null);
  const name = `${sort.isDescending ? '-' : ''}${sort.field}`;
  return Buffer.from(JSON.stringify([name, text, row.id])).toString('base64url');
}

function readCursor(cursor: string, sort: string, kind: Sorts[string]): { value: SortValue; id: string } {
  const bad = invalid('cursor', 'take it from nextCursor of the page before, under the same sort');
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw bad;
  }
  if (!Array.isArray(parts) || parts.length !== 3 || parts[0] !== sort || !isRowId(parts[2])) throw bad;
  const value = readValue(parts[1], kind);
  if (value === undefined) throw bad;
  return { value, id: parts[2] };
}

function readValue(value: unknown, kind: Sorts[string]): SortValue | undefined {
  if (value === null) return null;
  if (kind === 'number') return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== 'string' || value.includes('\0')) return undefined;
  if (kind === 'text') return value;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

const isRowId = (id: unknown): id is string => typeof id === 'string' && /^([0-9a-f-]{36}|\d{1,18})$/.test(id);
