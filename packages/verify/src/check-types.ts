import type {
  CheckOptions,
  CheckResult,
  CheckSnapshot,
  Conflict,
  ConflictClass,
  Difference,
} from '@cacheferry/contract';
import type { MigrationRules } from '@cacheferry/engine';
import type { Clock, Logger } from '@cacheferry/kernel';
import type { SidePlace } from './side.ts';

/** What was read of one key on one side. `dump` is null where the key is not there. */
export type Reading = {
  dump: Buffer | null;
  /** Absolute, Unix ms; −1 without expiry. */
  expireAtMs: number;
  /** Type and length, where only these were asked for. */
  type: string | null;
  length: number | null;
  /** Why it could not be read. */
  refusal: string | null;
};

/** How two readings of a key differ, in one class. */
export type Finding = { class: ConflictClass; message: string; differences?: Difference[]; truncated?: boolean };

export type KeyRef = { db: number; key: Buffer };

/** A key that differed. `bytes`: about how much is held while it is read; `fingerprint`: what both sides had last time. */
export type Suspect = KeyRef & { bytes: number; fingerprint: string };

/** What was found out about one suspect. */
export type Judgement = {
  /**
   * `moving`: it never stood still long enough to be judged. `untold`: the target has it not, and by its expiry nobody can
   * tell whether it should.
   */
  verdict: 'equal' | 'differs' | 'moving' | 'untold';
  findings: Finding[];
  source: Reading;
  target: Reading;
  /** Proven by offsets; otherwise it counts only when the next look finds the same on both sides. */
  isExact: boolean;
  /** Equal when both sides held the same at two looks. */
  fingerprint: string;
};

/** How deep a mode looks into a key. */
export type Depth = 'value' | 'length' | 'exists';

export type CheckDeps = {
  clock: Clock;
  log: Logger;
  /** Folder for the lists of suspects, where they are many; they are removed at the end. */
  workDir: string;
  onProgress(snapshot: CheckSnapshot): void;
  /** Called once per key and class, when the last round has confirmed it. */
  onConflict(conflict: Conflict, round: number): void;
};

/** How a check ended. A stopped one has a result too: what it had seen, never called consistent. */
export type CheckEnd = { result: CheckResult; isStopped: boolean };

export type CheckInput = {
  source: SidePlace;
  target: SidePlace;
  /** Names of both ends for the result: addresses without secrets. */
  sourceName: string;
  targetName: string;
  /** Keys of the checkpoint that a migration of these two ends keeps on the target. */
  checkpointKey: string;
  /** What the migration copies, and as what; null: everything as it is. Keys are named as on the source. */
  rules: MigrationRules | null;
  options: CheckOptions;
  signal: AbortSignal;
};
