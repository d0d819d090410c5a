import type { MigrationMode } from '@cacheferry/contract';
import { type Clock, FerryError, type Logger } from '@cacheferry/kernel';
import { type Connection, openConnection } from '@cacheferry/resp';
import type { ServerAddress } from '@cacheferry/topology';
import type { SpoolPart, SpoolReader } from '../receiver.ts';
import { DirtyKeys } from './dirty-keys.ts';
import { rereadKeys } from './reread-keys.ts';
import { readFacts, type ScanFacts, scanAll } from './scan-source.ts';

export type ScanReaderSource = {
  mode: MigrationMode;
  clock: Clock;
  log: Logger;
  /** Aborted when the receiver is stopped. */
  signal: AbortSignal;
  locate: (signal: AbortSignal) => Promise<ServerAddress & { name: string }>;
  /** The beginning of a scan. */
  newSync: () => SpoolPart & { kind: 'full_sync' };
  onPart: (part: SpoolPart) => void;
};

const idleMs = 50;
/** Least pause between two scans of a source that does not tell what changes. */
const minRoundMs = 10_000;

type Open = { connection: Connection; dirty: DirtyKeys | null };

/** Reads a source by SCAN, then follows it: by what it tells of changed keys, or by scanning it again and again. */
export class ScanReader implements SpoolReader {
  readonly #source: ScanReaderSource;
  readonly #parts: AsyncGenerator<SpoolPart>;
  readonly #closed = new AbortController();

  constructor(source: ScanReaderSource) {
    this.#source = source;
    this.#parts = this.#read(AbortSignal.any([source.signal, this.#closed.signal]));
  }

  async read(signal?: AbortSignal): Promise<SpoolPart | null> {
    signal?.throwIfAborted();
    // A source in which nothing changes has nothing to give: whoever ends the wait ends the reader.
    const end = () => this.#closed.abort(signal?.reason);
    signal?.addEventListener('abort', end, { once: true });
    try {
      const { value, done } = await this.#parts.next();
      signal?.throwIfAborted();
      if (done) return null;
      this.#source.onPart(value);
      return value;
    } finally {
      signal?.removeEventListener('abort', end);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort(new FerryError('migration.stopped'));
    // A read may be under way: it ends by the signal, whatever it ends with.
    await this.#parts.return(undefined).catch(() => {});
  }

  async *#read(signal: AbortSignal): AsyncGenerator<SpoolPart> {
    const open = await this.#open(signal);
    try {
      do {
        const startedAt = this.#source.clock.monotonic();
        const facts = await readFacts(open.connection);
        yield this.#source.newSync();
        yield* this.#scan(open, facts, signal);
        if (this.#source.mode === 'full') return;
        if (open.dirty) yield* this.#follow(open, facts, signal);
        else await this.#pause(startedAt, signal);
        await this.#listenAnew(open, signal);
      } while (!signal.aborted);
    } finally {
      await Promise.all([open.connection.close(), open.dirty?.close()]);
    }
  }

  /** Listens before the first key is read, so that no change falls in between. */
  async #open(signal: AbortSignal): Promise<Open> {
    const { mode, log, locate } = this.#source;
    const address = await locate(signal);
    const dirty = mode === 'sync' ? await DirtyKeys.open(address, signal) : null;
    if (mode === 'sync')
      log.warn(dirty ? promises.told : promises.rounds, { hint: 'CONFIG SET notify-keyspace-events KA' });
    return { dirty, connection: await openConnection({ ...address, db: 0, signal }) };
  }

  async *#scan({ connection }: Open, facts: ScanFacts, signal: AbortSignal): AsyncGenerator<SpoolPart> {
    const { clock } = this.#source;
    let at = 0;
    for await (const bytes of scanAll(connection, facts, { clock, signal })) {
      yield { kind: 'rdb', at, bytes, receivedAtMs: clock.now() };
      at += bytes.length;
    }
    yield { kind: 'rdb_end', at };
  }

  /** Changed keys as commands, until some may have been missed. */
  async *#follow({ connection, dirty }: Open, facts: ScanFacts, signal: AbortSignal): AsyncGenerator<SpoolPart> {
    const { clock } = this.#source;
    let at = 0;
    while (dirty && !dirty.isBroken) {
      const bytes = await rereadKeys(connection, dirty, { clock, hasExpireTime: facts.hasExpireTime });
      if (bytes) yield { kind: 'stream', at, bytes, receivedAtMs: clock.now() };
      else await clock.sleep(idleMs, signal);
      at += bytes?.length ?? 0;
    }
  }

  /** A round takes at most half of the time. */
  #pause(startedAt: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#source;
    return clock.sleep(Math.max(minRoundMs, clock.monotonic() - startedAt), signal);
  }

  async #listenAnew(open: Open, signal: AbortSignal): Promise<void> {
    if (open.dirty && !open.dirty.isBroken) return;
    await open.dirty?.close();
    open.dirty = await DirtyKeys.open(await this.#source.locate(signal), signal);
  }
}

const promises = {
  told: 'The source is followed by what it says of changed keys: the target becomes equal once writes rest, but for a flush, which the source does not tell',
  rounds:
    'The source does not tell which keys change: it is read again and again, and the target becomes equal one round after writes rest',
} as const;
