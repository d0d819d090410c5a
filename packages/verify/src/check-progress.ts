import type { CheckSnapshot } from '@cacheferry/contract';
import type { Clock } from '@cacheferry/kernel';

/** Counts what a check has done and shows it at most once a second. */
export class CheckProgress {
  keysCompared = 0;
  keysTotal: number | null = null;
  round = 1;
  phase = 'starting';
  state: CheckSnapshot['state'] = 'running';
  conflicts: Record<string, number> = {};
  /** What the target lacks of the source's stream, while the check waits for it. */
  #lagBytes: number | null = null;
  #hasToldOfWaiting = false;
  readonly startedAtMs: number;
  readonly #clock: Clock;
  readonly #rounds: number;
  readonly #show: (snapshot: CheckSnapshot) => void;
  #shownAt = 0;
  #shownKeys = 0;
  #rate = 0;
  #done = 0;

  constructor(clock: Clock, rounds: number, show: (snapshot: CheckSnapshot) => void) {
    this.#clock = clock;
    this.#rounds = rounds;
    this.#show = show;
    this.startedAtMs = clock.now();
  }

  /** Begins a phase whose work is so many keys. */
  begin(phase: string, round: number, total: number): void {
    Object.assign(this, { phase, round, keysTotal: total });
    this.#done = 0;
    this.#hasToldOfWaiting = false;
    this.tell(true);
  }

  /** Shows that the check waits for the migration; null ends that. True for the first time in a round. */
  waitFor(lagBytes: number | null): boolean {
    const isNews = (lagBytes === null) !== (this.#lagBytes === null);
    this.#lagBytes = lagBytes;
    if (lagBytes !== null || isNews) this.tell(isNews);
    const isFirst = lagBytes !== null && !this.#hasToldOfWaiting;
    if (isFirst) this.#hasToldOfWaiting = true;
    return isFirst;
  }

  count(keys: number): void {
    this.#done += keys;
    this.tell(false);
  }

  tell(isDue: boolean): void {
    const now = this.#clock.monotonic();
    const seconds = (now - this.#shownAt) / 1000;
    if (!isDue && seconds < 1) return;
    if (seconds > 0.2) this.#rate = Math.max(0, (this.#done - this.#shownKeys) / seconds);
    this.#shownAt = now;
    this.#shownKeys = this.#done;
    this.#show(this.snapshot());
  }

  snapshot(): CheckSnapshot {
    const left = this.keysTotal === null ? null : Math.max(0, this.keysTotal - this.#done);
    return {
      state: this.state,
      phase: this.#lagBytes === null ? this.phase : 'waiting_for_migration',
      round: this.round,
      rounds: this.#rounds,
      keysTotal: this.keysTotal,
      keysCompared: this.keysCompared,
      conflicts: { ...this.conflicts },
      keysPerSecond: Math.round(this.#rate),
      etaSeconds: left === null || this.#rate <= 0 ? null : Math.ceil(left / this.#rate),
      lagBytes: this.#lagBytes,
      rssBytes: process.memoryUsage.rss(),
      startedAt: new Date(this.startedAtMs).toISOString(),
      updatedAt: new Date(this.#clock.now()).toISOString(),
    };
  }
}
