import { FerryError } from '@cacheferry/kernel';
import { RdbWalker } from '@cacheferry/rdb';
import type { Batch } from '../write/batch.ts';
import { EntryStage } from './entry-stage.ts';
import type { EntryStageOptions } from './entry-stage-options.ts';
import { Splice } from './splice.ts';

/** `hasChecksum`: whether the RDB may end with one. */
export type FullSyncOptions = Omit<EntryStageOptions, 'recordEnd'> & { hasChecksum: boolean };

/** Reads an RDB piece by piece into batches. */
export class FullSync {
  readonly stage: EntryStage;
  readonly #walker: RdbWalker;
  readonly #sets: Pick<EntryStageOptions, 'seen' | 'written'>;
  readonly #splice: Splice;

  constructor(options: FullSyncOptions, submit: (batch: Batch) => Promise<void>) {
    this.#sets = options;
    this.stage = new EntryStage({ ...options, recordEnd: () => this.#recordEnd() });
    this.#walker = new RdbWalker(this.stage, {
      verifyChecksum: options.hasChecksum,
      partBytes: (type, magic) => this.stage.partBytes(type, magic),
    });
    this.#splice = new Splice(this.#walker, options.input);
    this.#submit = submit;
  }

  /** Takes the next bytes of the RDB and sends the batches that they fill. */
  async take(bytes: Buffer): Promise<void> {
    for (const _ of this.#splice.take(bytes)) {
      void _;
      await this.#submitReady();
      if (this.stage.isWaiting) await this.#rest();
    }
    if (this.#walker.isDone && this.#splice.heldBytes > 0)
      throw new FerryError('rdb.corrupt', { offset: this.#walker.consumed, reason: 'bytes behind the end' });
  }

  /** Writes what is left of a large value before anything else comes. */
  async #rest(): Promise<void> {
    for (const _ of this.stage.rest()) {
      void _;
      await this.#submitReady();
    }
    await this.#submitReady();
  }

  async #submitReady(): Promise<void> {
    const { ready } = this.stage;
    while (ready.length > 0) await this.#submit(ready.shift() as Batch);
  }

  /** Sends what is not a full batch yet. */
  async flush(): Promise<void> {
    if (!this.stage.open.isEmpty) await this.#submit(this.stage.takeOpen());
  }

  /** Puts away the sets of keys that it was to note. */
  close(): void {
    this.stage.close();
    this.#sets.seen?.close();
    this.#sets.written?.close();
  }

  /** No more bytes come. Throws `rdb.truncated` unless the RDB has ended. */
  async finish(): Promise<void> {
    this.#walker.finish();
    await this.flush();
  }

  readonly #submit: (batch: Batch) => Promise<void>;

  #recordEnd(): number {
    const { cursor } = this.#walker;
    return cursor.base + cursor.at;
  }
}
