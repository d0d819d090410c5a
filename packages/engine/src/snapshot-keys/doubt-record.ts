import type { Command, Reply } from '@cacheferry/resp';
import type { TargetLink } from '../route/target-link.ts';
import type { Batch } from '../write/batch.ts';
import { type DoubtfulKeys, swapped } from './doubtful-keys.ts';
import type { KeyId } from './key-id.ts';

const perCommand = 1_000;
const bytesPerCommand = 262_144;

/**
 * The lasting record of doubtful keys: a set on the target, changed in the transactions that carry the checkpoint, so
 * that an engine which is killed leaves behind which keys are still to be mended.
 */
export class DoubtRecord {
  readonly #key: string;
  readonly #doubts: DoubtfulKeys;
  #mayExist = true;

  constructor(key: string, doubts: DoubtfulKeys) {
    this.#key = key;
    this.#doubts = doubts;
  }

  /**
   * What is to run in the transaction of a batch, in database 0: by then all batches before it are judged. Where databases
   * are emptied or swapped the record is written anew, names from the disk one after the other.
   */
  *commandsFor(batch: Batch): Generator<Command> {
    const doubts = this.#doubts;
    const { dirty } = batch;
    if (doubts.size === 0 && dirty.size === 0 && !this.#mayExist) return;
    const mended = new Set(batch.repairs.map(({ id }) => id).filter((id) => !dirty.has(id)));
    const isGone = dirty.size === 0 && doubts.size - [...mended].filter((id) => doubts.has(id)).length === 0;
    const { unwritten } = doubts;
    doubts.written();
    this.#mayExist = !isGone;
    if (isGone || batch.isSweeping) yield ['DEL', this.#key];
    else if (mended.size > 0) yield* this.#inParts('SREM', mended, none);
    if (isGone) return;
    if (batch.isSweeping) yield* this.#inParts('SADD', this.#allWays(batch.swaps, mended), none);
    else yield* this.#inParts('SADD', unwritten, mended);
    yield* this.#inParts('SADD', batch.isSweeping ? dirty : [...dirty].filter((id) => !doubts.has(id)), none);
  }

  /** Reads the record that an earlier engine left. */
  async recall(connection: TargetLink): Promise<void> {
    let cursor = '0';
    this.#mayExist = false;
    do {
      const reply = await connection.call('SSCAN', this.#key, cursor, 'COUNT', perCommand);
      const [next, ids] = reply as [Buffer, Reply[]];
      this.#doubts.recall(ids.map((id) => (id as Buffer).toString('latin1')));
      cursor = String(next);
    } while (cursor !== '0');
    this.#mayExist = this.#doubts.size > 0;
  }

  /** All doubtful keys, and what they are called behind these swaps of databases: there a name is of another key. */
  *#allWays(swaps: Batch['swaps'], mended: ReadonlySet<KeyId>): Generator<KeyId> {
    for (const id of this.#doubts.all()) {
      const ways = new Set([id]);
      for (const [a, b] of swaps) for (const way of [...ways]) ways.add(swapped(way, a, b));
      if (ways.size > 1 || !mended.has(id)) yield* ways;
    }
  }

  *#inParts(name: 'SADD' | 'SREM', ids: Iterable<KeyId>, without: ReadonlySet<KeyId>): Generator<Command> {
    let part: Buffer[] = [];
    let bytes = 0;
    for (const id of ids) {
      if (without.has(id)) continue;
      part.push(Buffer.from(id, 'latin1'));
      bytes += id.length;
      if (part.length < perCommand && bytes < bytesPerCommand) continue;
      yield [name, this.#key, ...part];
      part = [];
      bytes = 0;
    }
    if (part.length > 0) yield [name, this.#key, ...part];
  }
}

const none: ReadonlySet<KeyId> = new Set();
