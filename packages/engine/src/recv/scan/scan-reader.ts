import type { MigrationMode } from '@cacheferry/contract';
import { type Clock, FerryError, type Logger } from '@cacheferry/kernel';
import type { SpoolPart, SpoolReader } from '../receiver.ts';
import type { ScannedEnd } from './scanned-end.ts';

export type ScanReaderSource = {
  mode: MigrationMode;
  clock: Clock;
  log: Logger;
  /** Aborted when the receiver is stopped. */
  signal: AbortSignal;
  open: (signal: AbortSignal) => Promise<ScannedEnd>;
  /** The beginning of a scan. */
  newSync: () => SpoolPart & { kind: 'full_sync' };
  onPart: (part: SpoolPart) => void;
};

const idleMs = 50;
/** Least pause between two scans of a source that does not tell what changes. */
const minRoundMs = 10_000;

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
    const { mode, log } = this.#source;
    const end = await this.#source.open(signal);
    if (mode === 'sync')
      log.warn(end.isTelling ? promises.told : promises.rounds, { hint: 'CONFIG SET notify-keyspace-events KA' });
    try {
      do {
        const startedAt = this.#source.clock.monotonic();
        yield this.#source.newSync();
        yield* this.#scan(end, signal);
        if (mode === 'full') return;
        if (end.isTelling) yield* this.#follow(end, signal);
        else await this.#pause(startedAt, signal);
        await end.listen(signal);
      } while (!signal.aborted);
    } finally {
      await end.close();
    }
  }

  async *#scan(end: ScannedEnd, signal: AbortSignal): AsyncGenerator<SpoolPart> {
    const { clock } = this.#source;
    let at = 0;
    for await (const bytes of end.scan(signal)) {
      yield { kind: 'rdb', at, bytes, receivedAtMs: clock.now() };
      at += bytes.length;
    }
    yield { kind: 'rdb_end', at };
  }

  /** Changed keys as commands, until some may have been missed. */
  async *#follow(end: ScannedEnd, signal: AbortSignal): AsyncGenerator<SpoolPart> {
    const { clock } = this.#source;
    let at = 0;
    while (!end.isBroken) {
      const bytes = await end.changes(signal);
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
}

const promises = {
  told: 'The source is followed by what it says of changed keys: the target becomes equal once writes rest, but for a flush, which the source does not tell',
  rounds:
    'The source does not tell which keys change: it is read again and again, and the target becomes equal one round after writes rest',
} as const;
