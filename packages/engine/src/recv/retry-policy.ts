import type { Clock, ErrorCode, FerryError } from '@cacheferry/kernel';
import { Backoff } from '../retry.ts';

/** States of a source that pass by themselves: waited for even when it was never reached before. */
const passing: readonly ErrorCode[] = [
  'endpoint.loading',
  'endpoint.busy',
  'endpoint.too_many_clients',
  'source.not_primary',
  'source.sync_failed',
  'sentinel.no_primary',
  'cluster.no_primary',
];
/** Bytes that cannot be right: a line fault once, another server when it goes on. */
const wrongBytes: readonly ErrorCode[] = ['stream.invalid', 'protocol.malformed', 'endpoint.protocol'];
const final: readonly ErrorCode[] = ['internal.unexpected', 'host.file_failed', 'source.backlog_overrun'];

const passingMs = 60_000;
const loadingMs = 600_000;
const firstContactMs = 600_000;
const maxWrongBytes = 5;

/**
 * Decides after each failed try at a source whether and when to try again.
 *
 * Before the first contact a new run fails at once, so that a mistyped address is told; one that resumes waits ten
 * minutes. After it everything that may pass is tried for ever, with growing pauses of at most 30 s.
 */
export class RetryPolicy {
  readonly #clock: Clock;
  readonly #isResuming: boolean;
  readonly #backoff: Backoff;
  #startedAt: number;
  #hasContact = false;
  #wrongBytes = 0;

  constructor(options: { isResuming: boolean; clock: Clock; random: () => number }) {
    this.#isResuming = options.isResuming;
    this.#clock = options.clock;
    this.#backoff = new Backoff({ firstMs: 500, maxMs: 30_000 }, options.random);
    this.#startedAt = options.clock.monotonic();
  }

  /** The source answered as one should. */
  contact(): void {
    this.#hasContact = true;
  }

  /** Bytes of RDB or stream came: the next pause is short again. */
  progress(): void {
    this.#backoff.reset();
    this.#wrongBytes = 0;
  }

  /** How long to wait before the next try; null: give up. */
  next(error: FerryError): number | null {
    if (final.includes(error.code)) return null;
    if (wrongBytes.includes(error.code) && ++this.#wrongBytes >= (this.#hasContact ? maxWrongBytes : 1)) return null;
    if (!this.#hasContact && this.#clock.monotonic() - this.#startedAt > this.#patienceMs(error)) return null;
    return error.code === 'endpoint.loading' ? 1_000 : this.#backoff.next();
  }

  #patienceMs(error: FerryError): number {
    if (error.code === 'endpoint.loading') return loadingMs;
    if (passing.includes(error.code)) return passingMs;
    return this.#isResuming && error.spec.retry ? firstContactMs : -1;
  }
}
