import type { LostClass } from '@cacheferry/contract';
import type { Clock } from '@cacheferry/kernel';
import type { RdbEntry, RdbMagic } from '@cacheferry/rdb';
import type { BatchPool } from '../write/batch.ts';
import type { RestoreForm, RestoreValue } from '../write/restore-command.ts';
import type { StringWriting } from '../write/set-command.ts';
import type { BigEntriesOptions } from './big-entries.ts';
import type { LostParts } from './big-value.ts';
import type { FileValues } from './file-values.ts';
import type { HashSet } from './hash-set.ts';
import type { HeldExpiries } from './held-expiries.ts';
import type { KeyFiles } from './key-files.ts';
import type { Refusals } from './refusals.ts';
import type { RuledEntries } from './ruled-entries.ts';
import type { TypePlan } from './type-plan.ts';

/** An element of a full sync that the target cannot hold. */
export type LostElement = { class: LostClass; count: number; db: number; key: Buffer; type: number; detail: string };

/** A value in an older form, and what that form cannot say. */
export type RecodedValue = RestoreValue & LostParts & { footerVersion: number; isEmpty: boolean };

export type EntryStageOptions = {
  pool: BatchPool;
  /** Memory in which entries are decoded; positions in it are those of the arena. */
  input: Buffer;
  clock: Clock;
  form: RestoreForm;
  /** How plain strings are written; null: as everything else, by RESTORE. */
  strings: StringWriting | null;
  /** Looks at values before they are sent; null: they go as they are. */
  fileValues: FileValues | null;
  /** DEL before each RESTORE, for servers that know no REPLACE. */
  deleteFirst: boolean;
  /** A bulk string above that is refused by the target. */
  maxBulkBytes: number;
  /** Values above that are written in pieces, so that none is held as a whole. */
  bigKeyBytes: number;
  /** How many databases the target has. */
  databases: number;
  endpoint: string;
  /** Where the source is a cluster: which shard of it. */
  sourceShard: string | null;
  hasFunctions: boolean;
  product: 'redis' | 'valkey';
  held: HeldExpiries;
  /** Which shard of a clustered source has a key, as far as it is not this one. */
  slots: ((end: number, entry: RdbEntry) => boolean) | null;
  batchEntries: number;
  /** Entries that end at or before this byte of the RDB are on the target already. */
  skipUntil: number;
  /** Entries that end at or before this byte are counted already, though some are sent again. */
  countedUntil: number;
  refusals: Pick<Refusals, 'entries' | 'modules' | 'unread'>;
  /** What is in scope, and under which name and database; null: everything as it is. */
  rules: RuledEntries | null;
  /** Takes the hash of each key of the full sync, to tell later what is not among them; null: nobody asks. */
  seen: KeyFiles | null;
  /** The same of each key that is written, for a target that had keys before. */
  written: KeyFiles | null;
  /** Keys of the target that are not this task's: they are written as the policy says, all others overwritten. */
  foreign: { keys: HashSet; form: RestoreForm } | null;
  /** The fate of each type, asked when the header is known. */
  planFor: (magic: RdbMagic) => TypePlan;
  /** How values that are too large for one command are written; `null`: they are not. */
  big: BigEntriesOptions | null;
  /** Re-encodes a value; `null` when there is no form that the target takes. */
  recode: (entry: RdbEntry, magic: RdbMagic) => RecodedValue | null;
  /** Where the current record of the RDB ends, in bytes of the file. */
  recordEnd: () => number;
  onLost: (lost: LostElement) => void;
  /** A module keeps data of its own beside its keys, which nothing but the module can take. */
  onModuleAux: (module: string) => void;
  /** A key was counted as done that is not on the target. */
  onMiscounted: () => void;
  /** A collection without elements, which no server keeps, was left out. */
  onEmpty: (entry: RdbEntry) => void;
  /** Keys that the source announced so far (RESIZEDB), over all databases. */
  onKeysTotal: (keys: number) => void;
};
