import type { BatchPool } from '../write/batch.ts';
import type { ExpiryDialect } from './absolute-expiry.ts';
import type { DoubtStage } from './doubt-stage.ts';
import type { HeldExpiries } from './held-expiries.ts';
import type { LeftOut } from './left-out.ts';
import type { Refusals } from './refusals.ts';
import type { RestoreTarget } from './restore-rewriter.ts';
import type { Ruling } from './ruled-commands.ts';

/** Where a command ends in the stream, and when it was received. */
export type StreamPlace = { offset: number; receivedAtMs: number };

export type CommandStageOptions = {
  pool: BatchPool;
  dialect: ExpiryDialect;
  /** LPOP and RPOP of several elements (≥ 6.2). */
  hasPopCount: boolean;
  batchEntries: number;
  /** How many databases the target has: a SELECT beyond would put everything behind it into the wrong one. */
  databases: number;
  endpoint: string;
  /** Where the source is a cluster: which shard of it. */
  sourceShard: string | null;
  /** Keys of our own bookkeeping, in database 0. */
  bookkeeping: readonly string[];
  doubt: DoubtStage;
  refusals: Pick<Refusals, 'commands' | 'names'>;
  restoreTarget: RestoreTarget;
  held: HeldExpiries;
  /** A bulk string above that is refused by the target, which closes the connection. */
  maxBulkBytes: number;
  onLeftOut: (left: LeftOut) => void;
  /** A published message, which is no data and is not passed on. */
  onMessage: () => void;
  /** What is in scope, and under which name and database; null: everything as it is. */
  ruling: Ruling | null;
};
