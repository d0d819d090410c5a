import { commandHead, leafKind } from '@cacheferry/resp';
import type { BatchComparer, NoteSuspect } from './compare-batch.ts';
import type { Side } from './side.ts';
import type { Slot } from './slot.ts';

const exists = commandHead('EXISTS');

/**
 * Looks whether keys that one side has are on the other: one EXISTS over many keys; only where its count says that some
 * are missing, or where a server takes one key at a time, each key is asked for.
 */
export class PresenceComparer implements BatchComparer {
  readonly batchKeys = 512;
  readonly #other: Side;
  readonly #db: number;
  readonly #note: NoteSuspect;

  constructor(other: Side, db: number, note: NoteSuspect) {
    this.#other = other;
    this.#db = db;
    this.#note = note;
  }

  async compare(slot: Slot): Promise<void> {
    const { keys, source: replies } = slot;
    const asked = this.#other.role === 'target' ? slot.targetKeys : keys;
    await this.#other.read.send(asked.joined('EXISTS'), replies.expect(1));
    if (replies.kind(0) === leafKind.line && replies.integer(0) === keys.count) return;
    await this.#other.read.send(asked.each(exists), replies.expect(keys.count));
    for (let i = 0; i < keys.count; i++) {
      if (replies.kind(i) === leafKind.line && replies.integer(i) === 1) continue;
      this.#note({ db: this.#db, key: keys.key(i), bytes: 0, fingerprint: '' });
    }
  }
}
