import { FerryError } from '@cacheferry/kernel';
import { type Deed, writeAudit } from './audit/write-audit.ts';
import { authorise, type Needed } from './authorise.ts';
import type { Context } from './context.ts';
import type { Ring } from './ports.ts';
import type { Transaction } from './store/index.ts';

/** What a verb is about, before it has found the object itself. */
export type Intent = { needs: Needed; action: string; objectKind: string; objectId?: string | null };

/** One transaction of a verb: the repositories, what the audit shall say, and whom to wake after the commit. */
export type Act = {
  tx: Transaction;
  describe(about: Partial<Pick<Deed, 'objectId' | 'objectName' | 'detail'>>): void;
  ring(ring: Ring): void;
};

const answerLifeMs = 24 * 3600_000;

/**
 * The frame of every verb that writes: authorises, then does the work, its audit entry and its answer under the
 * request's idempotency key in one transaction, then rings. A refusal is written to the audit too.
 */
export async function act<T>(ctx: Context, intent: Intent, work: (act: Act) => Promise<T>): Promise<T> {
  let rings: Ring[] = [];
  let deed = deedOf(intent);
  try {
    authorise(ctx, intent.needs);
    const answer = await ctx.store.transaction(async (tx) => {
      rings = [];
      deed = deedOf(intent);
      const given = await givenAnswer(ctx, tx);
      if (given) return given.answer as T;
      const result = await work({
        tx,
        describe: (about) => Object.assign(deed, about),
        ring: (ring) => rings.push(ring),
      });
      await saveAnswer(ctx, tx, result);
      await writeAudit(ctx, tx, deed, 'ok');
      return result;
    });
    if (rings.length > 0) ctx.doorbell.ring(rings);
    return answer;
  } catch (error) {
    if (error instanceof FerryError && ctx.actor.kind === 'user') await auditRefusal(ctx, deed, error);
    throw error;
  }
}

const deedOf = ({ action, objectKind, objectId = null }: Intent): Deed => ({
  action,
  objectKind,
  objectId,
  objectName: null,
  detail: {},
});

async function givenAnswer(ctx: Context, tx: Transaction): Promise<{ answer: unknown } | null> {
  if (!ctx.idempotency || ctx.actor.kind !== 'user') return null;
  const now = ctx.clock.now();
  await tx.answers.deleteBefore(new Date(now - answerLifeMs));
  const { key, requestHash } = ctx.idempotency;
  const given = await tx.answers.reserve(ctx.actor.id, key, requestHash, new Date(now));
  if (!given) return null;
  if (given.requestHash !== requestHash) throw new FerryError('request.idempotency_conflict');
  return { answer: JSON.parse(given.answer) };
}

async function saveAnswer(ctx: Context, tx: Transaction, result: unknown): Promise<void> {
  if (!ctx.idempotency || ctx.actor.kind !== 'user') return;
  await tx.answers.save(ctx.actor.id, ctx.idempotency.key, JSON.stringify(result ?? null));
}

/** The refused work was rolled back with its entry, so the refusal gets an entry of its own. */
async function auditRefusal(ctx: Context, deed: Deed, error: FerryError): Promise<void> {
  if (error.code === 'control.db_unavailable') return;
  try {
    await ctx.store.transaction((tx) => writeAudit(ctx, tx, { ...deed, detail: { facts: error.facts } }, error.code));
  } catch (cause) {
    ctx.log.error('A refusal could not be written to the audit', { code: error.code, cause: String(cause) });
  }
}
