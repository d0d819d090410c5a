import { FerryError } from '@cacheferry/kernel';
import type { Receiver, ResumePoint, SpoolPosition, SpoolReader } from '../recv/receiver.ts';
import type { Checkpoint } from '../write/checkpoint.ts';

/**
 * Decides from where the spool is read, at the start and again after each trouble: where the target's checkpoint is, or
 * from the newest full sync when that has made the checkpoint void.
 */
export class SourceHistory {
  readonly #receiver: Receiver;
  #isStarted = false;
  #newest: { ids: Set<string>; offset: number } | null = null;
  #fullSyncsSeen = 0;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** Starts the receiver behind a checkpoint, or goes back to it. */
  async openReader(known: Checkpoint | null): Promise<SpoolReader> {
    const receiver = this.#receiver;
    if (!this.#isStarted) {
      await receiver.start(known && resumePoint(known));
      this.#isStarted = true;
      return receiver.open();
    }
    if (known === null || this.#isVoid(known)) return receiver.open('full_sync');
    return receiver.open(positionOf(known));
  }

  /** Whether a checkpoint is of a full sync that was taken in this process. */
  isOwn(known: Checkpoint): boolean {
    return this.#newest !== null && !this.#isVoid(known);
  }

  /** A full sync was read. */
  begin(replicationId: string, offset: number): void {
    const status = this.#receiver.status();
    this.#newest = { ids: new Set([replicationId]), offset };
    if (status.fullSyncOffset === offset) this.#fullSyncsSeen = status.fullSyncs;
  }

  /** The history goes by another id from now on. */
  rename(replicationId: string): void {
    this.#newest?.ids.add(replicationId);
  }

  #isVoid(known: Checkpoint): boolean {
    if (this.#receiver.status().fullSyncs > this.#fullSyncsSeen) return true;
    return (
      this.#newest !== null &&
      (this.#newest.offset !== known.fullSyncOffset || !this.#newest.ids.has(known.replicationId))
    );
  }
}

/** The error of a target that no longer has a checkpoint. */
export function lostHistory(endpoint: string): FerryError {
  return new FerryError('target.lost_history', { endpoint });
}

function resumePoint(known: Checkpoint): ResumePoint {
  const { replicationId, fullSyncOffset } = known;
  return { replicationId, fullSyncOffset, position: positionOf(known) };
}

/**
 * An RDB is always read from its start: only so is its checksum known. The stream is read from where all replies were
 * seen: what the last batch did is looked at again.
 */
function positionOf({ phase, seenAt }: Checkpoint): SpoolPosition {
  return phase === 'stream' ? { phase: 'stream', at: seenAt } : { phase: 'rdb', at: 0 };
}
