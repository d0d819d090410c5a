import type { MigrationMode, MigrationOptions } from '@cacheferry/contract';
import type { Clock, FerryError, Logger } from '@cacheferry/kernel';
import type { Connection } from '@cacheferry/resp';
import type { RunControl } from '../control/run-control.ts';
import type { Limiter } from '../coord/limiter.ts';
import type { ErrorTally, ShardTally } from '../coord/tally.ts';
import type { ClusterLink } from '../route/cluster-link.ts';
import type { Receiver } from '../recv/receiver.ts';
import type { MigrationRules } from '../rules/migration-rules.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import type { Origin } from '../write/claim-target.ts';
import type { LostReport } from './lost-report.ts';
import type { OnStray } from './ruled-entries.ts';
import type { Dispute } from '../coord/slot-authority.ts';
import type { Cut } from '../coord/slot-journal.ts';
import type { SlotGate } from './slot-gate.ts';

/** What shipping one shard of a cluster has to know of the others. */
export type ShardSlots = {
  gate: SlotGate;
  /** Where an RDB's byte stands among offsets. */
  rdbPosition: (at: number) => number;
  /** Whether slots that moved to this shard are to be settled. */
  isDue: () => boolean;
  /** Those about which nothing is on its way to the target any more. */
  still: () => Dispute[];
  /** Whether slots that moved can be followed: not where another engine reads the other shard. */
  maySettle: () => boolean;
  /** Asks all shards which of them rest here, and up to where the others have said all that they had to say. */
  resting: (
    disputes: readonly Dispute[],
    signal: AbortSignal,
  ) => Promise<{ disputes: Dispute[]; cuts: ReadonlyMap<string, Cut> }>;
  /** Takes a slot over from these places on, its keys to be written anew. False when it has moved again. */
  settle: (dispute: Dispute, cuts: ReadonlyMap<string, Cut>) => boolean;
  isMending: () => boolean;
  /** All keys of the slots that were taken over are on the target; `mended`: where the stream is. */
  settled: (mended: Cut) => void;
};

/** What shipping one shard of a source needs from its run. */
export type ShipDeps = {
  shard: string;
  task: string;
  jobEpoch: number;
  mode: MigrationMode;
  /** What is read is history that lies in files: no clock runs in it, and it cannot be taken anew. */
  isReplay: boolean;
  /** The source may give a key twice in one full sync. */
  mayRepeat: boolean;
  options: MigrationOptions;
  /** What is copied, and as what; null: everything as it is. */
  rules: MigrationRules | null;
  clock: Clock;
  log: Logger;
  /** Folder for sets of keys that do not fit into memory. */
  keysDir: string;
  control: RunControl;
  limiter: Limiter;
  receiver: Receiver;
  tally: ShardTally;
  errors: ErrorTally;
  lost: LostReport;
  /** The run goes on from an earlier one: a target that cannot be reached yet is waited for. */
  isResumed: boolean;
  /** Whether the checkpoint is of the same copy (mode, or file), so that a full sync that is in need not be taken again. */
  isSameRun: (known: Checkpoint) => boolean;
  /** The run has written a checkpoint before, so that a target without one has lost it. */
  hasHistory: () => boolean;
  /** In what state the run found the target; without it each shard looks for itself. */
  origin?: (signal: AbortSignal) => Promise<Origin>;
  /** Told of each key of a full sync that lies on a server that is not its own. */
  onStray?: OnStray;
  /** Where the source is a cluster. */
  slots?: ShardSlots;
  /** Connects to the server that the receiver follows, where that can be asked for single keys. */
  openSource?: (signal: AbortSignal) => Promise<Connection>;
  /** Connects to the target's shard that this source shard is written to. */
  openTarget: (signal: AbortSignal) => Promise<Connection | ClusterLink>;
  onPhase: (phase: ShardTally['phase']) => void;
  /** Told of each trouble that is dealt with by trying again. */
  onTrouble: (error: FerryError) => void;
  /** A batch and its checkpoint are on the target. */
  onCommit: () => void;
};
