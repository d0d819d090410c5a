import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '../state/atomic-file.ts';

/** Up to where all that a shard says about a slot is old: an offset of that history. */
export type Cut = { replicationId: string; offset: number };

/**
 * A slot whose owner is in question, or is known again, with what is old in each stream. `mended`: the place in the
 * owner's stream before which its keys were written anew.
 */
export type SlotRecord =
  | { kind: 'contested'; slot: number }
  | { kind: 'settled'; slot: number; shard: string; cuts: [string, Cut][]; mended?: Cut };

/** The file in which a run notes which slots moved between shards, so that a run that goes on knows it too. */
export class SlotJournal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** All records of earlier runs, in order. The last line may be torn. */
  load(): SlotRecord[] {
    if (!existsSync(this.#path)) return [];
    return readFileSync(this.#path, 'utf8').split('\n').flatMap(parse);
  }

  /** Replaces all that was noted. */
  restart(records: readonly SlotRecord[]): void {
    writeFileAtomic(this.#path, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  }

  add(records: readonly SlotRecord[]): void {
    if (records.length === 0) return;
    appendFileSync(this.#path, records.map((record) => `${JSON.stringify(record)}\n`).join(''), { mode: 0o600 });
  }
}

function parse(line: string): SlotRecord[] {
  try {
    const record = JSON.parse(line) as SlotRecord | null;
    return record && (record.kind === 'contested' || record.kind === 'settled') ? [record] : [];
  } catch {
    // An empty line, or one that was being written when the process ended.
    return [];
  }
}
