import { FerryError } from '@cacheferry/kernel';
import { looksLikeRdb, type RdbSink } from '@cacheferry/rdb';
import { identityOfFiles } from './file-identity.ts';
import { findAofParts } from './find-aof-parts.ts';
import { inspectCommands } from './inspect-commands.ts';
import { inspectRdb } from './inspect-rdb.ts';
import { readChunks } from './read-chunks.ts';

/** Bytes of one file, after unpacking. */
export type FilePart = { path: string | Buffer; from: number; to: number };

/** What of the files of a source is to be shipped: an RDB, then commands. */
export type FilePlan = {
  identity: string;
  /** null: there is none; the commands begin from nothing. */
  rdb: FilePart | null;
  commands: FilePart[];
  /** Whether its RDB has a checksum, and it is right; true without an RDB. */
  isVerified: boolean;
  /** What is left out, in words for the log. */
  notes: { kind: 'garbage' | 'later' | 'cut'; text: string; facts: Record<string, string | number> }[];
};

export type FileEnd = { kind: 'rdb'; path: string } | { kind: 'aof'; path: string; until: number };

/**
 * Reads the files of a source whole and says what of them counts, so that what is damaged is known before.
 *
 * `sink`: sees each key of an RDB as it is passed. Throws `rdb.…`, `aof.…`, `host.file_failed`, each with the place.
 */
export function planFiles(end: FileEnd, signal: AbortSignal, sink?: RdbSink): Promise<FilePlan> {
  return end.kind === 'rdb' ? planRdb(end.path, signal, sink) : planAof(end, signal, sink);
}

async function planRdb(path: string, signal: AbortSignal, sink?: RdbSink): Promise<FilePlan> {
  const identity = await identityOfFiles([path]);
  const { bytes, next, isVerified } = await inspectRdb(path, signal, sink);
  if (next === 'commands') throw new FerryError('rdb.commands_follow', { file: path, offset: bytes });
  const plan: FilePlan = { identity, rdb: { path, from: 0, to: bytes }, commands: [], isVerified, notes: [] };
  const text = 'Bytes behind the end of the RDB are left out';
  if (next === 'garbage') plan.notes.push({ kind: 'garbage', text, facts: { file: path, offset: bytes } });
  return plan;
}

async function planAof(
  { path, until }: FileEnd & { kind: 'aof' },
  signal: AbortSignal,
  sink?: RdbSink,
): Promise<FilePlan> {
  const parts = await findAofParts(path);
  const identity = await identityOfFiles(parts);
  const plan: FilePlan = { identity, rdb: null, commands: [], isVerified: true, notes: [] };
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const from = index === 0 ? await takePreamble(plan, part, { signal, sink }) : 0;
    const { to, droppedBytes, isPastUntil } = await inspectCommands(part, { from, until, signal });
    const file = String(part);
    if (from < to) plan.commands.push({ path: part, from, to });
    if (isPastUntil) {
      const later = 'What was executed after the asked time is left out';
      plan.notes.push({ kind: 'later', text: later, facts: { file, offset: to } });
      break;
    }
    if (droppedBytes === 0) continue;
    if (!isLast) throw new FerryError('aof.truncated', { file, offset: to });
    const text = 'The end of the AOF is cut off or belongs to a MULTI without EXEC, and is left out';
    plan.notes.push({ kind: 'cut', text, facts: { file, offset: to, bytes: droppedBytes } });
  }
  return plan;
}

/** Returns where the commands begin. */
async function takePreamble(
  plan: FilePlan,
  path: string | Buffer,
  { signal, sink }: { signal: AbortSignal; sink: RdbSink | undefined },
): Promise<number> {
  if (!(await beginsWithRdb(path, signal))) return 0;
  const { bytes, next, isVerified } = await inspectRdb(path, signal, sink);
  if (next === 'garbage')
    throw new FerryError('aof.corrupt', { file: String(path), offset: bytes, reason: 'no command behind the RDB' });
  plan.rdb = { path, from: 0, to: bytes };
  plan.isVerified = isVerified;
  return bytes;
}

async function beginsWithRdb(path: string | Buffer, signal: AbortSignal): Promise<boolean> {
  for await (const chunk of readChunks(path, signal)) return looksLikeRdb(chunk);
  return false;
}
