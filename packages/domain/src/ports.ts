/** What the supervisor is told to look at. The rows are the truth; a ring that gets lost costs one round of the reconciler. */
export type Ring = { kind: 'run'; id: string } | { kind: 'preflight'; id: string } | { kind: 'machine'; id: string };

/** Wakes the supervisor after a commit. Never throws and never waits for the work itself. */
export interface Doorbell {
  ring(rings: readonly Ring[]): void;
}

/** Turns passwords into what may be stored. `verify` against `null` (no such user) takes as long and answers false. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** What has changed, told to every process after the commit: a hint, never the data itself. */
export type Signal =
  /** Events up to `lastId` can be read; with `lastId` unchanged only progress or another field has moved. */
  | { kind: 'migration'; id: string; lastId: number }
  | { kind: 'check'; id: string; migrationId: string; lastId: number }
  | { kind: 'preflight'; id: string }
  | { kind: 'machine'; id: string }
  | { kind: 'removed'; of: 'migration' | 'check' | 'machine' | 'endpoint'; id: string };

/** Hears signals of all processes. */
export interface Signals {
  /** Calls `listener` for each signal, and with `null` after a reconnect: then anything may have been missed. */
  subscribe(listener: (signal: Signal | null) => void): () => void;
  close(): Promise<void>;
}
