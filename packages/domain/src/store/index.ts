import type { Signal } from '../ports.ts';
import type { Answers, Audit, Sessions, SettingsTable, SignInTries, Tokens, Users } from './people.ts';
import type { Endpoints, Machines } from './places.ts';
import type { Commands, Conflicts, Events, Leases, MetricsSeries, Runs } from './runs.ts';
import type { Uploads } from './uploads.ts';
import type { Checks, Migrations, Preflights } from './work.ts';

/** All that is stored. What a repository does outside a transaction is one of its own. */
export interface Repositories {
  users: Users;
  sessions: Sessions;
  signInTries: SignInTries;
  tokens: Tokens;
  settings: SettingsTable;
  audit: Audit;
  answers: Answers;
  machines: Machines;
  endpoints: Endpoints;
  preflights: Preflights;
  migrations: Migrations;
  checks: Checks;
  runs: Runs;
  leases: Leases;
  commands: Commands;
  events: Events;
  metrics: MetricsSeries;
  conflicts: Conflicts;
  uploads: Uploads;
}

/** The repositories within one transaction. */
export interface Transaction extends Repositories {
  /** Told to every process after the commit. */
  notify(signal: Signal): Promise<void>;
}

/** The repositories and their transactions. Made by the package `db`; verbs alone use what is in it. */
export interface Store extends Repositories {
  /**
   * Runs `work` in one transaction: all of it is stored, or nothing. It is run again where the database broke off a
   * deadlock, so it must do nothing but reads and writes of `tx`. Rejects with `control.db_unavailable`.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Rejects with `control.db_unavailable` when the database does not answer; for /readyz. */
  ping(): Promise<void>;
}

export type * from './page.ts';
export type * from './people.ts';
export type * from './places.ts';
export type * from './runs.ts';
export type * from './uploads.ts';
export type * from './work.ts';
