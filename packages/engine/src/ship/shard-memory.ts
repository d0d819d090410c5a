import { join } from 'node:path';
import type { Receiver } from '../recv/receiver.ts';
import { FileMark } from '../state/file-mark.ts';
import { SendMemory } from '../write/send-memory.ts';
import { HeldExpiries } from './held-expiries.ts';
import { PriorKeys } from './prior-keys.ts';
import { RecentKeys } from './recent-keys.ts';
import { Refusals } from './refusals.ts';
import { SourceHistory } from './source-history.ts';

/** What shipping a shard knows beyond one attempt. What must survive the process lies in the checkpoint. */
export class ShardMemory {
  /** The epoch of this engine's claim; null before the first. */
  epoch: number | null = null;
  readonly send = new SendMemory();
  readonly refusals = new Refusals();
  readonly held: HeldExpiries;
  readonly recent = new RecentKeys();
  /** Where the stream could not be read the last time; it is to be fetched again from before that. */
  damage: { at: number; isFetched: boolean } | null = null;
  readonly history: SourceHistory;
  readonly prior: PriorKeys;
  /** When it was begun, on the monotonic clock. */
  readonly sinceMs: number;

  constructor(receiver: Receiver, keysDir: string, sinceMs: number) {
    this.sinceMs = sinceMs;
    this.held = new HeldExpiries(new FileMark(join(keysDir, 'noted-fields')));
    this.prior = new PriorKeys(keysDir);
    this.history = new SourceHistory(receiver);
  }
}
