import { Buffer } from 'node:buffer';
import { type ConflictFilter, isCheckEnded, type ListQuery, type StoredConflict } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { type Page, pageRequest, toPage } from '../paging.ts';
import type { ConflictSearch } from '../store/runs.ts';
import type { CheckRecord } from '../store/work.ts';
import { hideIn, type Sight, sightOf } from './hide-keys.ts';

const batch = 2000;

/**
 * The lasting conflicts of a full check; while it runs, also those that the round before had found. `q` is a part of
 * the key, where `\xNN` stands for a byte.
 */
export async function listConflicts(
  ctx: Context,
  checkId: string,
  query: ListQuery & ConflictFilter,
): Promise<Page<StoredConflict>> {
  authorise(ctx, 'viewer');
  const check = found(await ctx.store.checks.find(checkId), 'check');
  const request = pageRequest(query, { id: 'text' }, 'id');
  const sight = await sightOf(ctx);
  const rows = await ctx.store.conflicts.page(checkId, request, searchOf(check, query, sight));
  return toPage(rows, request, hideIn(sight));
}

/** All of them under the filter, in the order they were found, page by page from the database: for exports. */
export async function* streamConflicts(
  ctx: Context,
  checkId: string,
  filter: ConflictFilter & { q?: string | undefined },
): AsyncGenerator<StoredConflict> {
  authorise(ctx, 'viewer');
  const check = found(await ctx.store.checks.find(checkId), 'check');
  const sight = await sightOf(ctx);
  const search = searchOf(check, filter, sight);
  let after: string | null = null;
  for (;;) {
    const rows: StoredConflict[] = await ctx.store.conflicts.after(checkId, after, batch, search);
    yield* rows.map(hideIn(sight));
    if (rows.length < batch) return;
    after = rows.at(-1)?.id ?? null;
  }
}

function searchOf(
  check: CheckRecord,
  filter: ConflictFilter & { q?: string | undefined },
  sight: Sight,
): ConflictSearch {
  const q = filter.q?.trim();
  if (q && !sight.keys) throw new FerryError('auth.forbidden', { role: 'operator' });
  return {
    class: filter.class ?? null,
    db: filter.db ?? null,
    type: filter.type ?? null,
    key: q ? keyBytes(q) : null,
    sinceRound: isCheckEnded(check.state) ? check.round : check.round - 1,
  };
}

/** The bytes of a key, or of a part of one, as `printableKey` writes it. */
export function keyBytes(text: string): Uint8Array {
  const parts = text.split(/(\\x[0-9a-fA-F]{2}|\\\\)/);
  return Buffer.concat(
    parts.map((part) =>
      part === '\\\\'
        ? Buffer.from('\\')
        : part.startsWith('\\x') && part.length === 4
          ? Buffer.from(part.slice(2), 'hex')
          : Buffer.from(part),
    ),
  );
}
