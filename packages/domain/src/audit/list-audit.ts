import type { AuditEntry, ListQuery } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { invalid, type Page, pageRequest, toPage } from '../paging.ts';
import { auditView } from './audit-view.ts';

/** `user` and `action` are looked for as parts, `action` at its beginning; times are RFC 3339. */
export type AuditFilter = { user?: string; action?: string; objectId?: string; from?: string; to?: string };

/** The audit, newest first. */
export async function listAudit(ctx: Context, query: ListQuery & AuditFilter): Promise<Page<AuditEntry>> {
  authorise(ctx, 'viewer');
  const request = pageRequest(query, { at: 'time' }, '-at');
  const search = {
    user: query.user ?? null,
    action: query.action ?? null,
    objectId: query.objectId ?? null,
    from: readTime(query.from, 'from'),
    to: readTime(query.to, 'to'),
  };
  return toPage(await ctx.store.audit.page(request, search), request, auditView);
}

function readTime(text: string | undefined, path: string): Date | null {
  if (text === undefined) return null;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw invalid(path, 'it must be a time like 2026-01-31T12:00:00Z');
  return time;
}
