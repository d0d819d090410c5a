import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { withFile } from '../state/file-error.ts';

/** Up to where all that a shard says about a slot is old: an offset of that history. */
export type Cut = { replicationId: string; offset: number };

/**
 * A slot whose owner is in question, or is known again, with what is old in each stream. `mended`: the place in the
 * owner's stream before which its keys were written anew.
 */
export type SlotRecord =
  | { kind: 'contested'; slot: number }
  | { kind: 'settled'; slot: number; shard: string; cuts: [string, Cut][]; mended?: Cut };

/**
 * The file in which a run notes which slots moved between shards, so that a run that goes on knows it too.
 *
 * A line counts once it is whole and on the disk; what a full disk, or the end of the process, left of one is cut off
 * before the next is written. Throws `host.disk_full` and `host.file_failed`.
 */
export class SlotJournal {
  readonly #path: string;
  /** Where the last whole line ends. */
  #size = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** All records of earlier runs, in order. */
  load(): SlotRecord[] {
    const bytes = withFile(this.#path, () => readIfThere(this.#path));
    this.#size = bytes.lastIndexOf(0x0a) + 1;
    return bytes.toString('utf8', 0, this.#size).split('\n').flatMap(parse);
  }

  /** Replaces all that was noted. */
  restart(records: readonly SlotRecord[]): void {
    const text = textOf(records);
    writeFileAtomic(this.#path, text);
    this.#size = Buffer.byteLength(text);
  }

  /** Notes further records; they are on the disk when it returns, and not noted when it throws. */
  add(records: readonly SlotRecord[]): void {
    if (records.length === 0) return;
    const bytes = Buffer.from(textOf(records));
    withFile(this.#path, () => this.#write(bytes));
    this.#size += bytes.length;
  }

  #write(bytes: Buffer): void {
    const file = openSync(this.#path, 'a', 0o600);
    try {
      if (fstatSync(file).size > this.#size) ftruncateSync(file, this.#size);
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}

const textOf = (records: readonly SlotRecord[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function parse(line: string): SlotRecord[] {
  try {
    const record = JSON.parse(line) as SlotRecord | null;
    return record && (record.kind === 'contested' || record.kind === 'settled') ? [record] : [];
  } catch {
    // A line that was torn, and went on with the next record: what was noted last counts.
    const next = line.lastIndexOf('{"kind"');
    return next > 0 ? parse(line.slice(next)) : [];
  }
}
