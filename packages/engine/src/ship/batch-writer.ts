import type { Batch, BatchPool } from '../write/batch.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import type { CommitLane } from '../write/commit-lane.ts';
import type { SendMemory } from '../write/send-memory.ts';
import type { BatchJudge } from './batch-judge.ts';
import type { PlannedCheckpoint } from './planned-checkpoint.ts';

/** Brings batches to a target, in order, with the checkpoint that each reaches: one server, or the nodes of a cluster. */
export interface BatchWriter extends Pick<BatchJudge, 'lose' | 'skipEmpty'> {
  readonly memory: SendMemory;
  readonly pool: BatchPool;
  readonly lane: Pick<CommitLane, 'drain' | 'spill' | 'isBusy'>;
  /** The checkpoint of the batch that is built next. */
  planned: PlannedCheckpoint;
  /** Entries of the RDB before that byte are counted already, though some are sent again. */
  readonly countedUntil: number;
  /** Since when nothing was committed, for the checkpoint of an idle stream. */
  readonly idleMs: number;
  /** Sends a batch, when pause and rates allow it. Resolves when the next one may be sent. */
  submit(batch: Batch, phase: Checkpoint['phase']): Promise<void>;
  /** The same at once, whatever pause and rates say: for our own upkeep. */
  commit(batch: Batch, phase: Checkpoint['phase']): Promise<void>;
  /** Notes that everything is in and nothing more will be sent for now. */
  rest(): Promise<void>;
  /** Gives up what it does in the background. */
  close(): Promise<void>;
}
