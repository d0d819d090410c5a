import { timingSafeEqual } from 'node:crypto';
import { type Role, roleIncludes, type SessionUser } from '@cacheferry/contract';
import { type Actor, actorOfToken, type Context, getSession } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import type { FastifyRequest } from 'fastify';
import type { AppDeps } from './app-deps.ts';
import { readSessionCookie } from './cookie.ts';
import { addressOf, isForeign } from './request-facts.ts';

/** Who sent a request, and by what: a browser's cookie or a script's token. */
export type Caller = {
  actor: Actor;
  user: SessionUser | null;
  session: { token: string; csrfToken: string } | null;
};

/** What a route asks of its caller: nothing, or at least a role. */
export type Needed = 'anyone' | Role;

/** A verb's context for one request. */
export function contextOf(deps: AppDeps, request: FastifyRequest, actor: Actor): Context {
  return {
    actor,
    address: addressOf(request),
    requestId: request.id,
    clock: deps.clock,
    newId: deps.newId,
    log: loggerOf(request.log),
    store: deps.store,
    doorbell: deps.doorbell,
  };
}

/** Finds out who sent a request. A token or cookie that opens nothing makes its sender nobody. */
export async function findCaller(deps: AppDeps, request: FastifyRequest): Promise<Caller> {
  const ctx = contextOf(deps, request, { kind: 'anonymous' });
  const bearer = /^Bearer +([\w.~+/=-]{1,512}) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return callerByToken(ctx, bearer);
  const token = readSessionCookie(request);
  const open = token === undefined ? null : await getSession(ctx, token);
  if (token === undefined || !open) return { actor: ctx.actor, user: null, session: null };
  return { actor: open.actor, user: open.user, session: { token, csrfToken: open.csrfToken } };
}

async function callerByToken(ctx: Context, token: string): Promise<Caller> {
  const actor = await actorOfToken(ctx, token);
  if (!actor) return { actor: ctx.actor, user: null, session: null };
  const { id, username, role } = actor;
  return { actor, user: { id, username, role, mustChangePassword: false }, session: null };
}

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a request that its caller may not make: a write from another site's page, one by cookie without the token of
 * its page, and one that needs another role. `isFirst`: allowed before the first password was changed.
 */
export function admit(
  request: FastifyRequest,
  caller: Caller,
  rule: { needs: Needed; isFirst: boolean; allowedHosts: readonly string[] },
): void {
  const isWrite = !reads.has(request.method);
  if (isWrite && isForeign(request, rule.allowedHosts)) throw new FerryError('auth.csrf');
  if (rule.needs === 'anyone') return;
  if (caller.actor.kind !== 'user') throw new FerryError('auth.required');
  if (isWrite && caller.session && !isSame(request.headers['x-csrf-token'], caller.session.csrfToken))
    throw new FerryError('auth.csrf');
  if (!roleIncludes(caller.actor.role, rule.needs)) throw new FerryError('auth.forbidden', { role: rule.needs });
  if (caller.user?.mustChangePassword && !rule.isFirst) throw new FerryError('auth.password_change_needed');
}

/** Compares in a time that does not tell where the texts differ. */
function isSame(given: string | string[] | undefined, expected: string): boolean {
  const [one, other] = [Buffer.from(String(given ?? '')), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function loggerOf(log: FastifyRequest['log']): Context['log'] {
  return {
    info: (msg, fields = {}) => log.info(fields, msg),
    warn: (msg, fields = {}) => log.warn(fields, msg),
    error: (msg, fields = {}) => log.error(fields, msg),
  };
}
