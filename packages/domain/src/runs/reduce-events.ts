import { Buffer } from 'node:buffer';
import {
  type CheckResult,
  CheckSnapshot,
  type EngineEvent,
  isEnded,
  type LogLevel,
  RunState,
  Snapshot,
  type MigrationState,
} from '@cacheferry/contract';
import { plainJson, plainText } from '../plain-json.ts';
import { failureFrom } from '../problem.ts';
import type { MetricsRow, NewConflict, NewEvent, RunChange, StoredRun } from '../store/runs.ts';
import { eventText } from './event-text.ts';
import { mergeSnapshots } from './merge-snapshots.ts';
import { stateOfShares } from './shares.ts';
import { move, put, type Subject } from './subject.ts';
import { type RunWork, sharesIn } from './with-run.ts';

/** What events of an engine change beside the migration or check itself. */
export type Reduced = {
  run: RunChange;
  /** All shares of the migration, with what this one has told so far. */
  shares: () => StoredRun[];
  metrics: MetricsRow[];
  conflicts: NewConflict[];
  acks: { id: string; isOk: boolean }[];
  /** Numbers of the machine's file that were never seen, because its oldest lines were dropped there. */
  missing: number;
};

/**
 * Takes in what an engine has told, in order; events of a `seq` that is stored already are passed over. Progress is
 * state and becomes the snapshot; everything else becomes history.
 */
export function reduceEvents(
  { subject, run, others }: Pick<RunWork, 'subject' | 'run' | 'others'>,
  events: readonly EngineEvent[],
): Reduced {
  const change: RunChange = { lastSeq: run.lastSeq };
  const shares = () => sharesIn({ subject, run, change, others });
  const reduced: Reduced = { run: change, shares, metrics: [], conflicts: [], acks: [], missing: 0 };
  let { lastSeq } = run;
  for (const event of events) {
    if (event.seq <= lastSeq) continue;
    reduced.missing += event.seq - lastSeq - 1;
    lastSeq = event.seq;
    if (event.type !== 'progress') subject.events.push(storedForm(run.id, event));
    takeIn(subject, event, reduced);
  }
  reduced.run.lastSeq = lastSeq;
  return reduced;
}

function takeIn(subject: Subject, event: EngineEvent, reduced: Reduced): void {
  switch (event.type) {
    case 'progress':
      return takeProgress(subject, event, reduced);
    case 'phase':
      return event.shard === undefined ? follow(subject, event.phase, event.at, reduced) : undefined;
    case 'ack':
      reduced.acks.push({ id: event.id, isOk: event.ok });
      return;
    case 'conflict':
      return takeConflict(subject, event, reduced);
    case 'error':
      if (event.fatal) reduced.run.lastError = failureFrom({ ...event, facts: event.facts });
      return;
    case 'done':
      reduced.run.outcome = event.outcome;
      reduced.run.result = event.result ? (plainJson(event.result) as CheckResult) : null;
      return;
    default:
  }
}

function takeProgress(subject: Subject, event: EngineEvent & { type: 'progress' }, reduced: Reduced): void {
  const snapshotAt = new Date(timeOf(event.at));
  if (subject.kind === 'check') {
    const read = CheckSnapshot.safeParse(plainJson(event));
    if (!read.success) return;
    const { conflicts, round } = read.data;
    const known = Math.max(Math.min(round, mostRounds), subject.record.round);
    put(subject, { snapshot: read.data, snapshotAt, conflicts, round: known });
    return;
  }
  const read = Snapshot.safeParse(plainJson(event));
  if (!read.success) return;
  if (reduced.shares().length > 1) reduced.run.snapshot = read.data;
  follow(subject, read.data.state, event.at, reduced);
  const snapshot = (reduced.run.snapshot && mergeSnapshots(reduced.shares())) ?? read.data;
  put(subject, { snapshot, snapshotAt });
  reduced.metrics.push(metricsRow(snapshot, event.at));
}

/** The lifecycle's event for what an engine says of itself. The other states are entered by a user or at the end. */
const reports: Partial<Record<RunState, string>> = {
  full_sync: 'full_sync',
  incremental_sync: 'caught_up',
  paused: 'paused',
};

function follow(subject: Subject, told: string, at: string, reduced: Reduced): void {
  const state = RunState.safeParse(told);
  if (subject.kind === 'check' || !state.success) return;
  reduced.run.reported = state.data;
  const from: MigrationState = subject.record.state;
  const shares = reduced.shares();
  const reached = shares.length > 1 ? stateOfShares(shares) : state.data;
  const event = reached === null ? undefined : reports[reached];
  // After a loss the supervisor says when contact is back; an engine that stops may still tell of its last work.
  if (event === undefined || from === 'lost' || from === 'stopping' || isEnded(from)) return;
  if (from !== reached) move(subject, event, { by: 'engine', name: 'engine', at: timeOf(at) });
}

function takeConflict(subject: Subject, event: EngineEvent & { type: 'conflict' }, reduced: Reduced): void {
  if (subject.kind !== 'check') return;
  const { db, key, type, class: kind, detail, source, target } = event.conflict;
  const round = Math.min(event.round, mostRounds);
  reduced.conflicts.push({
    round,
    db: Math.min(db, mostDatabases),
    key: Buffer.from(key, 'base64').toString('base64'),
    type: plainText(type),
    class: kind,
    body: plainJson({ detail, source, target }) as object,
  });
  put(subject, { round: Math.max(round, subject.record.round) });
}

function metricsRow(snapshot: Snapshot, at: string): MetricsRow {
  const { keysPerSecond, bytesPerSecond, keysDone, lagBytes, lagMs, rssBytes } = snapshot;
  return { at: Math.floor(timeOf(at) / 1000), keysPerSecond, bytesPerSecond, keysDone, lagBytes, lagMs, rssBytes };
}

/** What the columns can hold, whatever a machine sends: nothing of it may stop the events behind it. */
const mostRounds = 1_000_000;
const mostDatabases = 2_147_483_647;
const latestMs = Date.parse('9999-12-31T23:59:59.999Z');

function timeOf(at: string): number {
  const time = Date.parse(at);
  return Number.isNaN(time) ? 0 : Math.min(Math.max(time, 0), latestMs);
}

const ownFields = new Set(['id', 'seq', 'at', 'type', 'level', 'runId']);

/** `id` of an `ack` names the command; in a stored event that name is the event's own number. */
function storedForm(runId: string, event: EngineEvent): NewEvent {
  const { seq, type } = event;
  const at = new Date(timeOf(event.at)).toISOString();
  const rest = Object.fromEntries(Object.entries(event).filter(([name]) => !ownFields.has(name)));
  const body = plainJson(event.type === 'ack' ? { ...rest, commandId: event.id } : rest) as Record<string, unknown>;
  return { at, type, level: levelOf(event), runId, seq, text: eventText(body), body };
}

function levelOf(event: EngineEvent): LogLevel {
  if (event.type === 'log') return event.level;
  if (event.type === 'error') return event.fatal ? 'error' : 'warn';
  if (event.type === 'conflict') return 'warn';
  if (event.type === 'ack') return event.ok ? 'info' : 'warn';
  return event.type === 'done' && event.outcome === 'failed' ? 'error' : 'info';
}
