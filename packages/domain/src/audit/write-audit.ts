import { actorName } from '../authorise.ts';
import type { Context } from '../context.ts';
import { plainJson, plainText } from '../plain-json.ts';
import type { Transaction } from '../store/index.ts';
import type { AuditRecord } from '../store/people.ts';
import { chainHash } from './chain.ts';

/** What was done, to what, and what it changed. `detail` never holds a secret. */
export type Deed = {
  action: string;
  objectKind: string;
  objectId: string | null;
  objectName: string | null;
  detail: Record<string, unknown>;
};

/** Adds one entry at the end of the audit. Last in its transaction: it holds the end of the chain until the commit. */
export async function writeAudit(ctx: Context, tx: Transaction, deed: Deed, result: string): Promise<void> {
  const { actor } = ctx;
  const entry: AuditRecord = {
    id: ctx.newId(),
    at: new Date(ctx.clock.now()).toISOString(),
    actor: actorName(actor),
    actorId: actor.kind === 'user' ? (actor.tokenId ?? actor.id) : null,
    role: actor.kind === 'user' ? actor.role : null,
    address: ctx.address,
    action: deed.action,
    objectKind: deed.objectKind,
    objectId: deed.objectId,
    objectName: deed.objectName === null ? null : plainText(deed.objectName),
    detail: plainJson(deed.detail) as Record<string, unknown>,
    result,
    requestId: ctx.requestId,
  };
  await tx.audit.append(entry, chainHash(await tx.audit.lockEnd(), entry));
}

/** The fields that differ, before and after. */
export function changes<T extends object>(before: T, after: Partial<T>): Record<string, unknown> {
  const differing = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify((before as Record<string, unknown>)[name]),
  );
  return {
    before: Object.fromEntries(differing.map(([name]) => [name, (before as Record<string, unknown>)[name]])),
    after: Object.fromEntries(differing),
  };
}
