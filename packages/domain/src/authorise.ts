import { type Role, roleIncludes } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Actor, Context } from './context.ts';

/** Who may do something: a role, anyone who is signed in by any means, or the control plane alone. */
export type Needed = Role | 'system';

/** Throws `auth.required`, `auth.forbidden` or `auth.password_change_needed` unless the actor may do what `needed` may. */
export function authorise({ actor }: Pick<Context, 'actor'>, needed: Needed): void {
  if (actor.kind === 'system') return;
  if (actor.kind === 'anonymous') throw new FerryError('auth.required');
  if (needed === 'system' || !roleIncludes(actor.role, needed))
    throw new FerryError('auth.forbidden', { role: needed });
  if (actor.mustChangePassword) throw new FerryError('auth.password_change_needed');
}

/** The name under which events and the audit show an actor. */
export function actorName(actor: Actor): string {
  if (actor.kind === 'anonymous') return 'anonymous';
  return actor.kind === 'system' ? actor.name : actor.username;
}

/** The signed-in user behind a request; throws `auth.required` for anyone else. */
export function userOf({ actor }: Pick<Context, 'actor'>): Extract<Actor, { kind: 'user' }> {
  if (actor.kind !== 'user') throw new FerryError('auth.required');
  return actor;
}
