import type { Command, Reply } from '@cacheferry/resp';
import type { TargetLink } from '../route/target-link.ts';
import type { Batch } from '../write/batch.ts';
import { type DoubtfulKeys, swapped } from './doubtful-keys.ts';
import type { KeyId } from './key-id.ts';

const perCommand = 1_000;

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

  /** What is to run in the transaction of a batch, in database 0: by then all batches before it are judged. */
  commandsFor(batch: Batch): Command[] {
    const doubts = this.#doubts;
    if (doubts.size === 0 && !this.#mayExist) return [];
    const mended = new Set(batch.repairs.map(({ id }) => id));
    const isGone = doubts.size - [...mended].filter((id) => doubts.has(id)).length === 0;
    const commands: Command[] = [];
    if (isGone || batch.isSweeping) commands.push(['DEL', this.#key]);
    else if (mended.size > 0) commands.push(...this.#inParts('SREM', [...mended]));
    if (!isGone) {
      const added = batch.isSweeping ? this.#allWays(batch.swaps) : doubts.unwritten;
      const missing = added.filter((id) => !mended.has(id));
      commands.push(...this.#inParts('SADD', missing));
    }
    doubts.written();
    this.#mayExist = !isGone;
    return commands;
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

  /** All doubtful keys, and what they are called behind these swaps of databases. */
  #allWays(swaps: Batch['swaps']): KeyId[] {
    let ids = new Set(this.#doubts.all());
    for (const [a, b] of swaps) ids = new Set([...ids, ...[...ids].map((id) => swapped(id, a, b))]);
    return [...ids];
  }

  #inParts(name: 'SADD' | 'SREM', ids: readonly KeyId[]): Command[] {
    const parts: Command[] = [];
    for (let at = 0; at < ids.length; at += perCommand)
      parts.push([name, this.#key, ...ids.slice(at, at + perCommand).map((id) => Buffer.from(id, 'latin1'))]);
    return parts;
  }
}
