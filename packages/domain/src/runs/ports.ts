import type {
  CheckSnapshot,
  ControlRequest,
  EngineEvent,
  HostKey,
  Job,
  PreflightReport,
  PreflightRow,
  Snapshot,
} from '@cacheferry/contract';
import type { ErrorCode, ErrorFacts } from '@cacheferry/kernel';
import type { MachineLogin } from '../machines/transport.ts';
import type { InstallResult, ProbeResult } from '../machines/record-probe.ts';

/**
 * The right to look after one run (or preflight, or machine), until `claim`'s time is over or it is renewed.
 * `epoch` rises by one with every claim, whoever makes it. Every update below has `owner` and `epoch` in its WHERE and
 * rejects with `run.lease_lost` when no row matches: then another worker has it, and this one writes nothing more.
 */
export type Lease = { id: string; owner: string; epoch: number };

/** What went wrong, as it is stored: the code of the catalogue, what its texts are filled with, and what lies behind it. */
export type Failure = { code: ErrorCode; facts: ErrorFacts; detail: string };

/** How the engine said that it is over: its `done` event, kept with the run from the moment it is recorded. */
export type RunOutcome = (EngineEvent & { type: 'done' })['outcome'];

/** One engine process of a migration or of a full check on one machine. */
export type RunRecord = {
  id: string;
  kind: 'migrate' | 'check';
  migrationId: string;
  checkId: string | null;
  machineId: string;
  /** What should be: `stopped` once a user asked for it. */
  wanted: 'running' | 'stopped';
  /** `queued`: never launched. `launched`: there is, was, or may be an engine (from `beginLaunch` on). `ended`: nothing more to do, no process is left. */
  phase: 'queued' | 'launched' | 'ended';
  isLost: boolean;
  /** Launches so far, and the epoch of the newest one: `job.epoch`. */
  launches: number;
  /**
   * On the machine; null until the first launch. A run keeps its engine and its directory for life. A run that starts a
   * migration again begins with the directory, `launches` and `lastSeq` of the one before, so that it goes on there.
   */
  stateDir: string | null;
  pid: number | null;
  engineSha256: string | null;
  /** The highest `seq` stored; 0 before the first. */
  lastSeq: number;
  /** Set by `recordEvents` when it stored the engine's `done`; the shown state moves only with `markEnded`. */
  outcome: RunOutcome | null;
  /** The newest fatal `error` event since the last launch. */
  lastError: Failure | null;
};

/** What is known of an engine that was found dead without its `done`. */
export type Death = {
  exitCode: number | null;
  signal: string | null;
  /** The last lines of what it printed, at most 4 KiB, control bytes escaped. */
  lastLines: string;
};

/** How a run ended. `confirmed` is always true: the machine said that no process and no secret file of it is left. */
export type RunEnd = { outcome: RunOutcome; failure: Failure | null; confirmed: true };

/** The supervisor's side of runs. All times are the database's, so that workers' clocks need not agree. */
export interface RunStore {
  /** Runs that are not ended and whose lease is free or over; those that shall stop come first. */
  findUnattended(limit: number): Promise<string[]>;
  /** Takes the lease for so long: null while another owner has it, when the run is ended, or is not there. */
  claim(runId: string, owner: string, leaseMs: number): Promise<{ lease: Lease; run: RunRecord } | null>;
  /** Prolongs the lease and answers the run as it is now. Rejects with `run.lease_lost`. */
  renew(lease: Lease, leaseMs: number): Promise<RunRecord>;
  /** Gives the lease back; one that is lost already is fine. */
  release(lease: Lease): Promise<void>;
  /**
   * Before each launch, in one transaction: `launches` + 1, state directory and engine noted, `lastError`
   * and `outcome` cleared.
   * Answers the job with its secrets opened, `runId` and the new `epoch` in it.
   */
  beginLaunch(lease: Lease, launch: { stateDir: string; engineSha256: string }): Promise<Job>;
  /** The engine runs, or was found running: lifecycle `launch` for a run that was queued. */
  markLaunched(lease: Lease, engine: { pid: number; attached: boolean }): Promise<RunRecord>;
  /**
   * Stores events in order, each `seq` of a run exactly once, merges the newest snapshot and moves the lifecycle, all in
   * one transaction. An `ack` settles its command. `done` sets `outcome` and moves no state. Answers the run.
   */
  recordEvents(lease: Lease, events: readonly EngineEvent[]): Promise<RunRecord>;
  /** No contact for 30 s: lifecycle `lose`, with the reason to show. Calling it again renews the reason only. */
  markLost(lease: Lease, reason: Failure): Promise<RunRecord>;
  /**
   * The machine answered at this moment. After `lost` the state becomes the one in `snapshot` (what the engine says of
   * itself), or, when no engine runs (null), the one before it was lost.
   */
  markContact(lease: Lease, snapshot: Snapshot | CheckSnapshot | null): Promise<RunRecord>;
  /**
   * An engine died without `done`: a `state` event with lifecycle `restart` and the count. `deaths`: those of the last
   * 10 minutes, this one included.
   */
  recordDeath(lease: Lease, death: Death): Promise<{ run: RunRecord; deaths: number }>;
  /** The run is over and the machine has confirmed it: lifecycle `done`, `stopped` or `fail`; the lease ends with it. */
  markEnded(lease: Lease, end: RunEnd): Promise<void>;

  /** Requests of users that were not handed to the engine yet, oldest first. */
  listCommands(lease: Lease): Promise<ControlRequest[]>;
  /** The engine took it (its `ack` event follows), or refused it with this reason. */
  markDelivered(lease: Lease, commandId: string, refusal: Failure | null): Promise<void>;
}

/** A preflight that a machine shall run. The job has its secrets opened. */
export type PreflightTask = { lease: Lease; machineId: string; job: Job };

export interface PreflightStore {
  findUnattended(limit: number): Promise<string[]>;
  claim(preflightId: string, owner: string, leaseMs: number): Promise<PreflightTask | null>;
  renew(lease: Lease, leaseMs: number): Promise<void>;
  /** Adds rows as they are answered; a row with the same `id` and `scope` replaces the earlier one. */
  recordRows(lease: Lease, rows: readonly PreflightRow[]): Promise<void>;
  finish(lease: Lease, report: PreflightReport): Promise<void>;
  fail(lease: Lease, failure: Failure): Promise<void>;
}

/** Where a machine is. `login` is null while its host key was never confirmed: then only the key may be read. */
export type MachineContact =
  | { kind: 'local'; machineId: string; login: MachineLogin }
  | { kind: 'ssh'; machineId: string; host: string; port: number; trusted: HostKey | null; login: MachineLogin | null };

export type MachineTask = { machineId: string; task: 'probe' | 'install' };

export interface MachineStore {
  /** Machines that somebody asked to probe or install, that work or are looked at and were not probed for 30 s. */
  findDue(limit: number): Promise<MachineTask[]>;
  /** Takes the task for so long; null while another worker does it. `recordProbe` and `recordInstall` end it. */
  claim(task: MachineTask, owner: string, leaseMs: number): Promise<Lease | null>;
  /** How to reach it, secrets opened. Rejects with `machine.not_found`. */
  contact(machineId: string): Promise<MachineContact>;
  recordProbe(lease: Lease, result: ProbeResult): Promise<void>;
  recordInstall(lease: Lease, result: InstallResult): Promise<void>;
  /** Keeps a task for so long from now on, while it is worked at. */
  renew(task: MachineTask, lease: Lease, leaseMs: number): Promise<void>;
  /** Gives a task back undone, so that another worker takes it at once. */
  release(task: MachineTask, lease: Lease): Promise<void>;
}
