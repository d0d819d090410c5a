import type {
  CheckResult,
  ConflictClass,
  LogLevel,
  RunState,
  Snapshot,
  StoredConflict,
  StoredEvent,
} from '@cacheferry/contract';
import type { Failure, Lease, RunOutcome } from '../runs/ports.ts';
import type { PageRequest, Rows } from './page.ts';

/** One engine process of a migration or check. See RunRecord in runs/ports.ts for what the supervisor sees of it. */
export type StoredRun = {
  id: string;
  kind: 'migrate' | 'check';
  /** The migration, or the check. */
  subjectId: string;
  migrationId: string;
  machineId: string;
  wanted: 'running' | 'stopped';
  phase: 'queued' | 'launched' | 'ended';
  isLost: boolean;
  launches: number;
  stateDir: string | null;
  pid: number | null;
  engineSha256: string | null;
  lastSeq: number;
  /** The state that the engine told last. */
  reported: RunState | null;
  outcome: RunOutcome | null;
  result: CheckResult | null;
  /** What the engine of one share told last; null for a run that is its migration's only one. */
  snapshot: Snapshot | null;
  /** The newest fatal error of its engine; of a run that has failed, the reason. */
  lastError: Failure | null;
  /** Epoch milliseconds of the deaths of the last 10 minutes. */
  deaths: number[];
  lastContactAt: Date | null;
  createdAt: Date;
  endedAt: Date | null;
};
export type RunChange = Partial<Omit<StoredRun, 'id' | 'kind' | 'subjectId' | 'migrationId' | 'machineId'>>;

export interface Runs {
  find(id: string): Promise<StoredRun | null>;
  lock(id: string): Promise<StoredRun | null>;
  /** The one that is not ended; of several, one. */
  liveOf(subjectId: string): Promise<StoredRun | null>;
  /** The newest one on each machine. */
  newestOf(subjectIds: readonly string[]): Promise<StoredRun[]>;
  /** The newest one of a migration or check on a machine. */
  latestOf(subjectId: string, machineId: string): Promise<StoredRun | null>;
  ofSubject(subjectId: string): Promise<StoredRun[]>;
  insert(run: StoredRun): Promise<void>;
  update(id: string, change: RunChange): Promise<void>;
  /** Not ended, nobody looks after them, and their machine has a place for them. Those that shall stop come first. */
  findUnattended(limit: number): Promise<string[]>;
  /** Runs at work on a machine or about to be, but for one. */
  countBusy(machineId: string, except: string): Promise<number>;
}

export type LeaseKind = 'run' | 'preflight' | 'probe' | 'install';

export interface Leases {
  /** Takes it, or takes it again, and counts the epoch up; null while another owner has it. */
  claim(kind: LeaseKind, id: string, owner: string, leaseMs: number): Promise<Lease | null>;
  /** False when it is lost. */
  renew(kind: LeaseKind, lease: Lease, leaseMs: number): Promise<boolean>;
  /** Whether it is still held, which then stays so until the transaction ends. */
  hold(kind: LeaseKind, lease: Lease): Promise<boolean>;
  release(kind: LeaseKind, lease: Lease): Promise<void>;
}

export type CommandName = 'pause' | 'resume' | 'rate' | 'stop' | 'fence' | 'unfence';
export type CommandRecord = {
  id: string;
  runId: string;
  migrationId: string;
  command: CommandName;
  args: { rateKeys?: number; rateBytes?: number };
  byName: string;
  createdAt: Date;
  deliveredAt: Date | null;
  closedAt: Date | null;
  outcome: 'done' | 'refused' | 'replaced' | 'dropped' | null;
};

export interface Commands {
  find(id: string): Promise<CommandRecord | null>;
  insert(command: CommandRecord): Promise<void>;
  /** Not settled yet, oldest first. */
  openOf(migrationIds: readonly string[]): Promise<CommandRecord[]>;
  openOfRun(runId: string): Promise<CommandRecord[]>;
  /** All of them, oldest first. */
  ofMigration(migrationId: string): Promise<CommandRecord[]>;
  /** The newest settled one of these names. */
  lastDone(runId: string, names: readonly CommandName[]): Promise<CommandRecord | null>;
  markDelivered(id: string, at: Date): Promise<void>;
  /** So that they are handed over again, to an engine that was started anew. */
  markUndelivered(runId: string): Promise<void>;
  close(ids: readonly string[], outcome: NonNullable<CommandRecord['outcome']>, at: Date): Promise<void>;
}

/** An event before it is stored. `text` is what a search looks through. */
export type NewEvent = {
  at: string;
  type: string;
  level: LogLevel;
  runId: string | null;
  seq: number | null;
  text: string;
  body: Record<string, unknown>;
};
export type EventSearch = {
  after: number | null;
  before: number | null;
  levels: readonly LogLevel[] | null;
  types: readonly string[] | null;
  q: string | null;
};

export type LostSearch = { class: string | null; after: number; limit: number };

export interface Events {
  /** Stores events under the ids `firstId`, `firstId` + 1, … */
  append(subjectId: string, firstId: number, events: readonly NewEvent[]): Promise<void>;
  /** Oldest first. */
  after(subjectId: string, after: number, limit: number): Promise<StoredEvent[]>;
  /** The newest before `before`, or the oldest after `after`; oldest first in both cases. */
  search(subjectId: string, search: EventSearch, limit: number): Promise<StoredEvent[]>;
  count(subjectId: string, search: EventSearch): Promise<number>;
  ofType(subjectId: string, types: readonly string[]): Promise<StoredEvent[]>;
  /** Deletes up to `limit` events that are older, changes of state excepted; answers how many. */
  deleteBefore(time: Date, limit: number): Promise<number>;
  /** What did not arrive, of one class or (null) of all, oldest first. */
  lost(subjectId: string, search: LostSearch): Promise<StoredEvent[]>;
  countLost(subjectId: string, name: string | null): Promise<number>;
}

export type MetricsRow = {
  /** Epoch seconds. */
  at: number;
  keysPerSecond: number;
  bytesPerSecond: number;
  keysDone: number;
  lagBytes: number | null;
  lagMs: number | null;
  rssBytes: number;
};
/** One stretch of time and the step of the rows to read there. Seconds; `to` is not in it. */
export type MetricsRange = { step: number; from: number; to: number };

export interface MetricsSeries {
  /** Keeps the first row of each step. */
  add(migrationId: string, steps: readonly number[], rows: readonly MetricsRow[]): Promise<void>;
  read(migrationId: string, ranges: readonly MetricsRange[]): Promise<MetricsRow[]>;
  bounds(migrationId: string): Promise<{ from: number; to: number } | null>;
  deleteBefore(step: number, time: number, limit: number): Promise<number>;
}

export type NewConflict = { round: number; db: number; key: string; type: string; class: ConflictClass; body: object };
export type ConflictSearch = {
  class: ConflictClass | null;
  db: number | null;
  type: string | null;
  /** Bytes of the key to look for; null: any. */
  key: Uint8Array | null;
  /** Found in this round or later. */
  sinceRound: number;
};

export interface Conflicts {
  /** One row per key, database and class; found again, the newer one stays. */
  put(checkId: string, conflicts: readonly NewConflict[]): Promise<void>;
  page(checkId: string, request: PageRequest, search: ConflictSearch): Promise<Rows<StoredConflict>>;
  /** By rising id, for exports. */
  after(checkId: string, afterId: string | null, limit: number, search: ConflictSearch): Promise<StoredConflict[]>;
}
