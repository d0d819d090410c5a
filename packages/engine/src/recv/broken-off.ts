import { type Clock, FerryError } from '@cacheferry/kernel';
import type { Session } from './psync-session.ts';

/** So long after its end a link says something about what the source had for it then. */
const freshMs = 5_000;
const mib = 1_048_576;
/** A source that cannot finish a snapshot ends the link as well. */
const endings: readonly string[] = ['endpoint.link_lost', 'source.sync_failed'];

/** Links that a source ended, and whether it did so because more waited in them than its replica buffer may hold. */
export class BrokenOff {
  readonly #clock: Clock;
  #last: { endpoint: string; atMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(error: FerryError, endpoint: string): void {
    this.#last = endings.includes(error.code) ? { endpoint, atMs: this.#clock.monotonic() } : null;
  }

  /** `received`: the offset up to which its stream came. Returns `source.output_buffer`, or null. */
  async explain({ connection, endpoint, info }: Session, received: number): Promise<FerryError | null> {
    const last = this.#last;
    this.#last = null;
    const isFresh = last?.endpoint === endpoint && this.#clock.monotonic() - last.atMs < freshMs;
    const pending = (info.replicationOffset ?? 0) - received;
    if (!isFresh || pending < mib) return null;
    const [reply] = await connection.pipeline([['CONFIG', 'GET', 'client-output-buffer-limit']]);
    const limit = replicaLimit(Array.isArray(reply) ? String(reply[1] ?? '') : '');
    if (pending <= limit) return null;
    const wantedMib = Math.max(256, Math.ceil((pending * 4) / mib));
    return new FerryError('source.output_buffer', { endpoint, pending, limit, setting: `${wantedMib}mb` });
  }
}

/** The smaller one of the hard and the soft limit; 0 means none. */
function replicaLimit(setting: string): number {
  const found = /(?:^| )(?:replica|slave) (\d+) (\d+) \d+/.exec(setting) ?? [];
  return Math.min(...[found[1], found[2]].map((bytes) => Number(bytes ?? 0) || Number.POSITIVE_INFINITY));
}
