import {
  type CheckState,
  isEnded,
  type LogLevel,
  type MigrationState,
  nextCheckState,
  nextState,
  type Actor as TransitionActor,
} from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { plainJson } from '../plain-json.ts';
import type { Transaction } from '../store/index.ts';
import type { NewEvent } from '../store/runs.ts';
import type { CheckChange, CheckRecord, MigrationChange, MigrationRecord } from '../store/work.ts';
import { eventText } from './event-text.ts';

/**
 * A migration or check that is locked for a change: what it is now (`record` follows each change), what will be
 * written, and the events to add. `saveSubject` stores all of it under the next numbers.
 */
export type Subject =
  | { kind: 'migrate'; record: MigrationRecord; change: MigrationChange; events: NewEvent[] }
  | { kind: 'check'; record: CheckRecord; change: CheckChange; events: NewEvent[] };

/** Locks a migration or check: whatever else happens to it waits until the transaction ends. */
export async function lockSubject(tx: Transaction, kind: Subject['kind'], id: string): Promise<Subject> {
  if (kind === 'migrate')
    return { kind, record: found(await tx.migrations.lock(id), 'migration'), change: {}, events: [] };
  return { kind, record: found(await tx.checks.lock(id), 'check'), change: {}, events: [] };
}

/** Locks a migration for a change by a user. */
export async function lockMigration(tx: Transaction, id: string): Promise<Extract<Subject, { kind: 'migrate' }>> {
  return { kind: 'migrate', record: found(await tx.migrations.lock(id), 'migration'), change: {}, events: [] };
}

/** Changes fields of a migration or check; the row is written by `saveSubject`. */
export function put<S extends Subject>(subject: S, change: S['change']): void {
  Object.assign(subject.change, change);
  Object.assign(subject.record, change);
}

/** Why and by whom a state changes, for the history. */
export type Cause = { by: TransitionActor; name: string; at: number; reason?: string | null };

/** Makes a change of the lifecycle where its table has one; answers whether it had. */
export function move(subject: Subject, event: string, cause: Cause): boolean {
  if (subject.kind === 'check') {
    const to = nextCheckState(subject.record.state, event);
    if (to) enterCheckState(subject, to, event, cause);
    return to !== undefined;
  }
  const to = nextState(subject.record.state, event, cause.by);
  if (to) enterState(subject, to, event, cause);
  return to !== undefined;
}

/** As `move`, for users: throws `migration.invalid_transition` or `check.invalid_transition`. */
export function mustMove(subject: Subject, event: string, cause: Cause): void {
  if (move(subject, event, cause)) return;
  const code = subject.kind === 'check' ? 'check.invalid_transition' : 'migration.invalid_transition';
  throw new FerryError(code, { state: subject.record.state, event });
}

/** Sets a migration's state outside the table: the one computed row, contact after a loss. */
export function enterState(
  subject: Extract<Subject, { kind: 'migrate' }>,
  to: MigrationState,
  event: string,
  cause: Cause,
): void {
  const from = subject.record.state;
  if (from === to) return;
  put(subject, { state: to, ...(isEnded(to) ? { endedAt: new Date(cause.at) } : {}) });
  subject.events.push(stateEvent(from, to, event, cause));
}

function enterCheckState(
  subject: Extract<Subject, { kind: 'check' }>,
  to: CheckState,
  event: string,
  cause: Cause,
): void {
  const from = subject.record.state;
  const time = new Date(cause.at);
  put(subject, { state: to, ...(to === 'running' ? { startedAt: time } : { finishedAt: time }) });
  subject.events.push(stateEvent(from, to, event, cause));
}

function stateEvent(from: string, to: string, event: string, cause: Cause): NewEvent {
  const level = to === 'failed' ? 'error' : to === 'lost' ? 'warn' : 'info';
  const body = { from, to, event, by: cause.name, reason: cause.reason ?? null };
  return ownEvent('state', level, cause.at, body);
}

/** An event of the control plane itself: it has no run and no `seq`. */
export function ownEvent(type: string, level: LogLevel, at: number, body: Record<string, unknown>): NewEvent {
  const plain = plainJson(body) as Record<string, unknown>;
  return { at: new Date(at).toISOString(), type, level, runId: null, seq: null, text: eventText(plain), body: plain };
}

/** Writes what has changed and tells it: events under the next numbers, the row, a signal. */
export async function saveSubject(ctx: Context, tx: Transaction, subject: Subject): Promise<void> {
  const { record, events } = subject;
  const firstId = record.lastEventId + 1;
  const lastId = record.lastEventId + events.length;
  if (events.length > 0) await tx.events.append(record.id, firstId, events);
  put(subject, { lastEventId: lastId, updatedAt: new Date(ctx.clock.now()) });
  if (subject.kind === 'migrate') {
    await tx.migrations.update(record.id, subject.change);
    await tx.notify({ kind: 'migration', id: record.id, lastId });
  } else {
    await tx.checks.update(record.id, subject.change);
    await tx.notify({ kind: 'check', id: record.id, migrationId: subject.record.migrationId, lastId });
  }
  subject.change = {};
  subject.events = [];
}
