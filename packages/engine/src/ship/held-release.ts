import type { TargetSession } from '../write/target-session.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { HeldExpiries } from './held-expiries.ts';
import type { IncrementalSync } from './incremental-sync.ts';
import { ownTest } from './own-test.ts';
import { ReleaseExpiries } from './release-expiries.ts';
import type { ShipDeps } from './ship-deps.ts';

/** When what was applied was received; `idle`: everything is applied. */
export type ReleaseTime = number | 'idle';

/** During a full sync every expiry of the next day is held: so long may it take until the target is level. */
export const holdDuringFullSyncMs = 86_400_000;
/** Expiries that are nearer than this, and twice the lag, are held while the stream is followed. */
const nearMs = 2_000;
/** A target that is behind by more is still catching up. */
const levelMs = 2_000;
const pauseMs = 500;
const pagesPerStep = 20;
const always = { afterMs: Number.NEGATIVE_INFINITY, beforeMs: Number.NEGATIVE_INFINITY };

/** Decides which expiries are held while the stream is followed, and when they are released. */
export class HeldRelease {
  readonly #deps: ShipDeps;
  readonly #committer: BatchWriter;
  readonly #held: HeldExpiries;
  readonly #release: ReleaseExpiries;
  /** How far the target's clock is ahead of ours. */
  readonly #skewMs: number;
  #pausing: Promise<'idle'> | null = null;
  #hasLooked = false;
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: ShipDeps, { profile }: TargetSession, committer: BatchWriter, held: HeldExpiries) {
    this.#deps = deps;
    this.#committer = committer;
    this.#held = held;
    this.#skewMs = Math.max(0, profile.clockAheadMs);
    this.#release = new ReleaseExpiries({
      held,
      isMine: ownTest(deps),
      clock: deps.clock,
      hasExpireTime: profile.redisVersion >= 70_000,
      open: () => deps.openTarget(new AbortController().signal),
      lose: (...loss) => committer.lose(...loss),
    });
  }

  get isDue(): boolean {
    return this.#release.isDue;
  }

  /** Before a log is replayed further. */
  recall(): Promise<void> {
    return this.#release.recall();
  }

  /** Sets what is held among the commands that were received then. */
  hold(receivedAtMs: number): void {
    const now = this.#deps.clock.now();
    // A replay takes as long as it takes; no key may go before its history has ended.
    if (this.#deps.isReplay || this.#held.holdsAll) this.#held.untilMs = now + holdDuringFullSyncMs;
    else this.#held.untilMs = now + this.#skewMs + nearMs + 2 * Math.max(0, now - receivedAtMs);
  }

  /** Whether held keys are to be looked at now: the target is level with its source, and they were not just before. */
  isNow(applied: ReleaseTime): boolean {
    if (!this.isDue || this.#deps.control.isPaused || this.#deps.isReplay) return false;
    if (applied !== 'idle' && this.#deps.clock.now() - applied > levelMs) return false;
    return this.#release.isSearching || this.#deps.clock.monotonic() - this.#lastAtMs >= pauseMs;
  }

  /** Whether all expiries are the real ones, but for those of the next moments. */
  get isLevel(): boolean {
    return !this.isDue || (this.#hasLooked && !this.#release.isSearching);
  }

  /** Looks at some of the held keys. The open batch must be empty. */
  async step(stream: IncrementalSync, applied: ReleaseTime): Promise<void> {
    const now = this.#deps.clock.now();
    const beforeMs = (applied === 'idle' ? now : applied) - nearMs - this.#skewMs;
    const bounds = { afterMs: now + this.#skewMs + nearMs, beforeMs };
    const pages = Math.max(1, Math.min(pagesPerStep, Math.ceil(this.#held.remembered / 1_000)));
    const count = this.#release.isSearching ? pagesPerStep : pages;
    for (let page = 0; page < count && this.isDue; page++) await this.#page(stream, bounds);
    this.#lastAtMs = this.#deps.clock.monotonic();
    this.#hasLooked = true;
  }

  /**
   * Before the end: all remembered keys get their real expiry, however near it is. Those of a log that is not replayed to
   * its end do not: what it says of them may still come.
   */
  async finish(stream: IncrementalSync): Promise<void> {
    if (this.#deps.isReplay) return this.close();
    for (let left = this.#held.remembered; left > 0; left = this.#held.remembered) {
      await this.#page(stream, always);
      if (this.#held.remembered >= left) break;
    }
    await this.#committer.lane.drain();
    await this.close();
  }

  /** After the last command: every held key gets its real expiry. */
  async finishAll(stream: IncrementalSync): Promise<void> {
    while (this.isDue) await this.#page(stream, always);
    await this.#committer.lane.drain();
  }

  /** A short wait between two looks; whoever waits at the same time waits for the same. */
  pause(signal: AbortSignal): Promise<'idle'> {
    this.#pausing ??= this.#deps.clock
      .sleep(pauseMs, signal)
      .catch(() => {})
      .then(() => {
        this.#pausing = null;
        return 'idle' as const;
      });
    return this.#pausing;
  }

  close(): Promise<void> {
    return this.#release.close();
  }

  async #page(stream: IncrementalSync, bounds: { afterMs: number; beforeMs: number }): Promise<void> {
    await this.#committer.lane.drain();
    this.#held.holdsAll = false;
    const batch = stream.stage.takeOpen();
    await this.#release.page(batch, bounds);
    this.#committer.planned.hold(this.isDue);
    await this.#committer.commit(batch, 'stream');
  }
}
