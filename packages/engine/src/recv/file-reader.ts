import { type Clock, FerryError } from '@cacheferry/kernel';
import type { FilePlan } from '../files/file-plan.ts';
import { readChunks } from '../files/read-chunks.ts';
import type { FileStream } from './file-stream.ts';
import type { SpoolPart, SpoolPosition, SpoolReader } from './receiver.ts';

export type FileReaderSource = {
  plan: FilePlan;
  stream: FileStream;
  clock: Clock;
  /** The files are shorter than they were. */
  changed: () => FerryError;
  /** Aborted when the receiver is stopped. */
  signal: AbortSignal;
  onPart: (part: SpoolPart) => void;
};

/** An RDB without any key: what commands without an RDB begin from. */
const emptyRdb = Buffer.from('REDIS0009\xff\0\0\0\0\0\0\0\0', 'latin1');

/** Reads the files of a source in the order and form of a replication link. */
export class FileReader implements SpoolReader {
  readonly #source: FileReaderSource;
  readonly #parts: AsyncGenerator<SpoolPart>;
  readonly #closed = new AbortController();

  constructor(source: FileReaderSource, position: SpoolPosition | 'full_sync') {
    this.#source = source;
    this.#parts = this.#read(position, AbortSignal.any([source.signal, this.#closed.signal]));
  }

  async read(signal?: AbortSignal): Promise<SpoolPart | null> {
    signal?.throwIfAborted();
    const { value, done } = await this.#parts.next();
    signal?.throwIfAborted();
    if (done) return null;
    this.#source.onPart(value);
    return value;
  }

  async close(): Promise<void> {
    this.#closed.abort(new FerryError('migration.stopped'));
    // A read may be under way: it ends by the signal, whatever it ends with.
    await this.#parts.return(undefined).catch(() => {});
  }

  async *#read(position: SpoolPosition | 'full_sync', signal: AbortSignal): AsyncGenerator<SpoolPart> {
    const { identity, rdb } = this.#source.plan;
    let at = position !== 'full_sync' && position.phase === 'stream' ? position.at : null;
    if (at === null) {
      yield { kind: 'full_sync', replicationId: identity, offset: 0, reason: 'first' };
      yield* this.#readRdb(signal);
      yield { kind: 'rdb_end', at: rdb?.to ?? 0 };
      at = 0;
    }
    for await (const bytes of this.#source.stream.read(at, signal)) {
      yield { kind: 'stream', at, bytes, receivedAtMs: this.#source.clock.now() };
      at += bytes.length;
    }
    if (at < this.#source.stream.end) throw this.#source.changed();
  }

  async *#readRdb(signal: AbortSignal): AsyncGenerator<SpoolPart> {
    const { rdb } = this.#source.plan;
    let at = 0;
    if (!rdb) return yield { kind: 'rdb', at, bytes: emptyRdb, receivedAtMs: 0 };
    for await (const bytes of readChunks(rdb.path, signal, rdb)) {
      yield { kind: 'rdb', at, bytes, receivedAtMs: 0 };
      at += bytes.length;
    }
    if (at < rdb.to) throw this.#source.changed();
  }
}
