/** What a target refused so far in this run, so that it is not sent in the same form again. Lives across attempts. */
export class Refusals {
  /** Value types that it cannot read. */
  readonly types = new Set<number>();
  /** Names of modules' data types that it does not have. */
  readonly modules = new Set<string>();
  /** Names of modules whose auxiliary data was left out. */
  readonly auxiliary = new Set<string>();
  /** Places in the RDB of entries that it takes in no form. */
  readonly entries = new Set<number>();
  /** Places of those that were counted with their batch before the target was known not to read them. */
  readonly unread = new Set<number>();
  /** Offsets of commands that it does not take. */
  readonly commands = new Set<number>();
  /** Names of commands that it does not know. */
  readonly names = new Set<string>();
  /** Whether a group of strings was not written, so that each is written alone. */
  groups = false;
  /** Whether a string is not taken without RESTORE, so that all are written by it. */
  plainStrings = false;
  /** Whether the target was asked for its types. */
  isProbed = false;
}
