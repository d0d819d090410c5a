import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '../state/atomic-file.ts';

/** A change of who has what: a slot, a key (by its hash), or that a shard has deleted a key at an offset. */
export type SlotRecord =
  | { kind: 'owner'; slot: number; shard: string }
  | { kind: 'holder'; slot: number; key: number; shard: string; hasArrived: boolean }
  | { kind: 'home'; slot: number; key: number }
  | { kind: 'deleted'; slot: number; key: number; shard: string; offset: number };

/**
 * The file in which a run notes what moved between shards, so that a run that goes on knows it too.
 *
 * `add` without `flush` may be lost with the process; what later decisions hang on is flushed before it is acted on.
 */
export class SlotJournal {
  readonly #path: string;
  #pending: string[] = [];

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
    this.#pending = [];
  }

  add(record: SlotRecord): void {
    this.#pending.push(`${JSON.stringify(record)}\n`);
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    appendFileSync(this.#path, this.#pending.join(''), { mode: 0o600 });
    this.#pending = [];
  }
}

function parse(line: string): SlotRecord[] {
  try {
    const record = JSON.parse(line) as SlotRecord | null;
    return record && typeof record.kind === 'string' ? [record] : [];
  } catch {
    // An empty line, or one that was being written when the process ended.
    return [];
  }
}
