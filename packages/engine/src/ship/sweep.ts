import type { TargetLink } from '../route/target-link.ts';
import type { Batch } from '../write/batch.ts';
import { scanKeys } from '../write/scan-keys.ts';
import { HashSet } from './hash-set.ts';
import { type KeyFiles, partCount } from './key-files.ts';
import { KeyHash } from './key-hash.ts';

export type SweepOptions = {
  connection: TargetLink;
  /** All keys of the newest full sync. */
  wanted: KeyFiles;
  /** Keys that the target had before the migration: they stay, but for those that it has overwritten. */
  prior: { had: KeyFiles; overwritten: KeyFiles } | null;
  /** Room for the target's keys while they are sorted. */
  found: KeyFiles;
  /** Whether a key can be of this shard at all; without it all are. */
  isMine?: (key: Buffer) => boolean;
  command: 'UNLINK' | 'DEL';
  batchEntries: number;
  takeBatch: () => Batch;
  submit: (batch: Batch) => Promise<void>;
  signal: AbortSignal;
};

const headBytes = 16;

/**
 * Removes from the target what an earlier full sync brought and the newest does not have: keys that vanished from the
 * source while nobody followed it. Must run before the stream behind the full sync is applied.
 *
 * Sorts both sets of keys into parts on disk and compares part by part, so memory does not grow with them.
 * Returns how many keys were removed.
 */
export async function sweep(options: SweepOptions): Promise<number> {
  await sortTargetKeys(options);
  let removed = 0;
  for (let part = 0; part < partCount; part++) removed += await sweepPart(options, part);
  options.found.remove();
  return removed;
}

async function sortTargetKeys({ connection, found, isMine, signal }: SweepOptions): Promise<void> {
  const hash = new KeyHash();
  found.open('new');
  const take = (db: number, key: Buffer) => {
    if (isMine && !isMine(key)) return;
    hash.of(db, key, 0, key.length);
    const record = Buffer.allocUnsafe(headBytes + key.length);
    record.writeUInt32LE(hash.high, 0);
    record.writeUInt32LE(hash.low, 4);
    record.writeUInt32LE(db, 8);
    record.writeUInt32LE(key.length, 12);
    key.copy(record, headBytes);
    found.addRecord(hash.high, record);
  };
  await scanKeys(connection, take, signal);
  found.close();
}

async function sweepPart(options: SweepOptions, part: number): Promise<number> {
  const { wanted, prior, found, signal } = options;
  const records = found.read(part);
  if (records.length === 0) return 0;
  const keep = loadPart(wanted, part);
  const had = prior ? loadPart(prior.had, part) : null;
  const overwritten = prior ? loadPart(prior.overwritten, part) : null;
  let batch = options.takeBatch();
  let removed = 0;
  for (let at = 0; at < records.length; ) {
    const [high, low] = [records.readUInt32LE(at), records.readUInt32LE(at + 4)];
    const [db, length] = [records.readUInt32LE(at + 8), records.readUInt32LE(at + 12)];
    const key = records.subarray(at + headBytes, at + headBytes + length);
    at += headBytes + length;
    const isForeign = had?.has(high, low) === true && overwritten?.has(high, low) !== true;
    if (keep.has(high, low) || isForeign) continue;
    batch.select(db);
    batch.element(-1);
    batch.out.command(options.command, key);
    removed++;
    if (batch.queued < options.batchEntries) continue;
    signal.throwIfAborted();
    await options.submit(batch);
    batch = options.takeBatch();
  }
  if (!batch.isEmpty) await options.submit(batch);
  return removed;
}

function loadPart(files: KeyFiles, part: number): HashSet {
  const bytes = files.read(part).length;
  const set = new HashSet(bytes / 8);
  files.readInto(part, set);
  return set;
}
