import type {
  CheckOptions,
  CheckResult,
  CheckSnapshot,
  CheckState,
  MigrationMode,
  MigrationOptions,
  MigrationState,
  PreflightReport,
  PreflightRow,
  Problem,
  Snapshot,
} from '@cacheferry/contract';
import type { PageRequest, Rows } from './page.ts';
import type { BothSecrets, EndRecord } from './places.ts';

export type PreflightRecord = {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed';
  machineId: string;
  source: EndRecord;
  target: EndRecord;
  mode: MigrationMode;
  options: MigrationOptions;
  rows: PreflightRow[];
  report: PreflightReport | null;
  problem: Problem | null;
  createdAt: Date;
  finishedAt: Date | null;
  /** The preflight of the machine named first, where this one is of a further machine. */
  leaderId: string | null;
};

export interface Preflights {
  find(id: string): Promise<PreflightRecord | null>;
  /** Those of the further machines of a preflight, in the order in which they were made. */
  findFollowers(id: string): Promise<PreflightRecord[]>;
  lock(id: string): Promise<PreflightRecord | null>;
  secrets(id: string): Promise<BothSecrets>;
  insert(preflight: PreflightRecord, secrets: BothSecrets): Promise<void>;
  update(id: string, change: Partial<Omit<PreflightRecord, 'id' | 'source' | 'target' | 'leaderId'>>): Promise<void>;
  /** Queued or running, nobody looks after it, and those before it in its group have ended. Oldest first. */
  findUnattended(limit: number): Promise<string[]>;
  deleteBefore(time: Date): Promise<void>;
}

export type MigrationRecord = {
  id: string;
  name: string;
  state: MigrationState;
  mode: MigrationMode;
  source: EndRecord;
  target: EndRecord;
  machineIds: string[];
  options: MigrationOptions;
  preflightId: string | null;
  override: StartOverride | null;
  snapshot: Snapshot | null;
  snapshotAt: Date | null;
  problem: Problem | null;
  restarts: number;
  /** The state before contact was lost. */
  lostFrom: MigrationState | null;
  lastEventId: number;
  ownerId: string;
  ownerName: string;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  updatedAt: Date;
};
/** Who started it although preflight checks had failed, which, and why. */
export type StartOverride = { by: string; reason: string; at: string; rows: string[] };

export type MigrationSearch = { states: readonly MigrationState[] | null; machineId: string | null };
export type MigrationChange = Partial<Omit<MigrationRecord, 'id' | 'source' | 'target'>>;

export interface Migrations {
  find(id: string): Promise<MigrationRecord | null>;
  /** As `find`; whatever happens to this migration waits until the transaction ends. */
  lock(id: string): Promise<MigrationRecord | null>;
  secrets(id: string): Promise<BothSecrets>;
  insert(migration: MigrationRecord, secrets: BothSecrets): Promise<void>;
  update(id: string, change: MigrationChange): Promise<void>;
  /** With its checks, runs, events and everything else that is known of it. */
  delete(id: string): Promise<void>;
  page(request: PageRequest, search: MigrationSearch): Promise<Rows<MigrationRecord>>;
  /** Names of those that are not ended and use this machine. */
  liveOnMachine(machineId: string): Promise<string[]>;
}

export type CheckRecord = {
  id: string;
  migrationId: string;
  migrationName: string;
  machineId: string;
  state: CheckState;
  options: CheckOptions;
  snapshot: CheckSnapshot | null;
  snapshotAt: Date | null;
  result: CheckResult | null;
  conflicts: Record<string, number>;
  /** The newest round that anything is known of. */
  round: number;
  problem: Problem | null;
  lastEventId: number;
  byId: string;
  byName: string;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  updatedAt: Date;
};
export type CheckSearch = { migrationId: string | null; states: readonly CheckState[] | null };
export type CheckChange = Partial<Omit<CheckRecord, 'id' | 'migrationId' | 'migrationName'>>;

export interface Checks {
  find(id: string): Promise<CheckRecord | null>;
  lock(id: string): Promise<CheckRecord | null>;
  insert(check: CheckRecord): Promise<void>;
  update(id: string, change: CheckChange): Promise<void>;
  page(request: PageRequest, search: CheckSearch): Promise<Rows<CheckRecord>>;
  /** The newest check of each migration. */
  latestOf(migrationIds: readonly string[]): Promise<Map<string, CheckRecord>>;
  /** Newest first. */
  ofMigration(migrationId: string): Promise<CheckRecord[]>;
}
