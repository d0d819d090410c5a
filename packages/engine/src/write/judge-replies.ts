import type { ExistingKeyPolicy, LostClass } from '@cacheferry/contract';
import { FerryError, printableKey } from '@cacheferry/kernel';
import { type ReplyError, safeText } from '@cacheferry/resp';
import type { TargetLink } from '../route/target-link.ts';
import type { Batch } from './batch.ts';
import type { ElementError } from './commit-lane.ts';

/** What a failed command of a batch means for the run. */
export type Verdict =
  /** The key was there before and stays as it is (policy `skip`). */
  | { kind: 'skipped' }
  /** The key is one that a batch with lost replies may have written: its value must be compared. */
  | { kind: 'doubtful' }
  /** The target has a library of that name: its code must be compared. */
  | { kind: 'library'; source: Buffer }
  /** It is there by a batch whose replies were lost. */
  | { kind: 'own' }
  /** The target cannot read the value in this form: another form may do. */
  | { kind: 'unreadable' }
  /** The effect did not happen and never will: counted. */
  | { kind: 'lost'; class: LostClass; error: FerryError };

export type JudgeContext = {
  connection: TargetLink;
  policy: ExistingKeyPolicy;
  /** Places in the RDB before that may have been written by a batch whose replies were lost. */
  doubtfulUntil: number;
};

const unreadable = /^ERR (Bad data format|DUMP payload version or checksum)/;

/** Whether a target does not read the payload of a RESTORE. */
export const isUnreadable = ({ message }: ReplyError): boolean => unreadable.test(message);

/**
 * Judges the error of one command that a target ran within EXEC, by the table of the design (§6).
 *
 * Throws what ends the attempt or the run: `target.key_exists`, missing rights, an error of our own bookkeeping.
 */
export function judgeElement(batch: Batch, { element, error }: ElementError, context: JudgeContext): Verdict {
  const { connection } = context;
  const mark = batch.markOf(element);
  const args = argumentsOf(batch.commandOf(element));
  const name = commandName(args);
  const foreign = connection.classify(error, name);
  const isStream = batch.checkpoint?.phase === 'stream';
  // What the stream did without a right is behind its checkpoint, and is not run again.
  if (mark < 0 || (foreign.code === 'endpoint.no_permission' && !isStream)) throw foreign;
  if (!isStream) {
    if (isUnreadable(error)) return { kind: 'unreadable' };
    const isLibrary = name === 'FUNCTION' && /already exists/.test(error.message);
    if (error.prefix === 'BUSYKEY' || isLibrary)
      return existing({ isLibrary, mark, context, key: args[isLibrary ? 2 : 1], db: batch.dbOf(element) });
  }
  const facts = { endpoint: connection.endpoint, command: name, reason: safeText(error.message) };
  return {
    kind: 'lost',
    class: lostClassOf(name, error),
    error: new FerryError('target.command_failed', facts),
  };
}

/** The target has that key or library already. */
function existing(found: {
  isLibrary: boolean;
  mark: number;
  context: JudgeContext;
  key: Buffer | undefined;
  db: number;
}): Verdict {
  const { policy, doubtfulUntil, connection } = found.context;
  if (found.mark < doubtfulUntil) return { kind: found.isLibrary ? 'own' : 'doubtful' };
  if (policy === 'skip') return { kind: 'skipped' };
  if (found.isLibrary) return { kind: 'library', source: found.key ?? Buffer.alloc(0) };
  throw keyExists(connection.endpoint, found.key?.subarray(0, 512), found.db);
}

/**
 * Judges a command that the target refused before EXEC, so that nothing of its batch was run.
 *
 * Returns an error to be tried again (out of memory, loading, read-only…), to end with (missing rights), or
 * `target.refused` when the command itself is the trouble: then the batch can be run without it.
 */
export function judgeRefusal(batch: Batch, { element, error }: ElementError, connection: TargetLink): FerryError {
  const args = argumentsOf(batch.commandOf(element));
  const name = commandName(args);
  const classified = connection.classify(error, name);
  const isOwn = batch.markOf(element) < 0;
  const isNeeded = batch.checkpoint?.phase !== 'stream' && (name === 'RESTORE' || name === 'DEL');
  if (isOwn || isNeeded || classified.spec.retry) return classified;
  const isGroup = batch.groups.includes(element);
  if (!isGroup && !['endpoint.unknown_command', 'endpoint.command_failed'].includes(classified.code)) return classified;
  const facts = { endpoint: connection.endpoint, command: name, reason: safeText(error.message) };
  return new FerryError('target.refused', facts, classified);
}

/** The error that names a key which the target had before. */
export function keyExists(endpoint: string, key: Buffer | undefined, db: number): FerryError {
  return new FerryError('target.key_exists', { endpoint, key: printableKey(key ?? Buffer.alloc(0)), db });
}

/** The arguments of one encoded command. Rare path: only for commands that failed. */
export function argumentsOf(command: Buffer): Buffer[] {
  const args: Buffer[] = [];
  for (let at = command.indexOf('\r\n') + 2; at > 1 && at < command.length; ) {
    const lineEnd = command.indexOf('\r\n', at);
    const size = Number(command.toString('latin1', at + 1, lineEnd));
    if (command[at] !== 0x24 || lineEnd < 0 || !Number.isSafeInteger(size)) break;
    args.push(command.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 4 + size;
  }
  return args;
}

function commandName(args: readonly Buffer[]): string {
  return (args[0] ?? Buffer.from('?')).subarray(0, 64).toString('latin1').toUpperCase();
}

function lostClassOf(name: string, error: ReplyError): LostClass {
  if (name === 'FUNCTION') return 'function';
  if (error.prefix === 'NOSCRIPT' || name === 'EVAL' || name === 'EVALSHA' || name === 'SCRIPT') return 'script';
  return name === 'RESTORE' ? 'refused' : 'command';
}
