import type { FileMark } from '../state/file-mark.ts';
import { HeldFields } from './held-fields.ts';

/**
 * Ten thousand years. An expiry that is held lies so far behind its real time: no real one does, and the real one can be
 * read off it.
 */
export const holdShiftMs = 315_576_000_000_000;
/** Held expiries of keys beyond that are not remembered one by one: then the target is searched for them. */
const maxRemembered = 65_536;

/** `atMs`: the real expiry when the key was noted; 0 when it came to it by another command. */
export type HeldKey = { db: number; key: Buffer; atMs: number };

/**
 * Expiries that are kept from taking effect on the target before the source's own word on them has arrived.
 *
 * A target that is behind its source would drop a key at its time although the source, by a later command that is still
 * on its way, has given it more. So an expiry that comes near is moved far away, as replicas ignore theirs; the source
 * says DEL when the key is gone, and what is left gets its real expiry once the target is level with it.
 */
export class HeldExpiries {
  /** Expiries up to this time are held. −∞: none are. */
  untilMs = Number.NEGATIVE_INFINITY;
  /** Since a full sync every expiry of the next day was held, and none is released yet. */
  holdsAll = false;
  /** Not all held keys are remembered: the whole target has to be searched. */
  needsSearch = false;
  /** The same of fields, where a log is replayed. */
  readonly fields: HeldFields;
  #keys: HeldKey[] = [];

  /** `noted`: see `HeldFields`. */
  constructor(noted: FileMark | null = null) {
    this.fields = new HeldFields(noted);
  }

  /** Whether any key of the target, or a field of one, may be held. */
  get isAny(): boolean {
    return this.needsSearch || this.#keys.length > 0 || this.fields.isAny;
  }

  get remembered(): number {
    return this.#keys.length;
  }

  /** What is to be written as a key's expiry: the time itself, or far behind it. */
  place(db: number, key: Buffer, atMs: number): number {
    if (atMs > this.untilMs) return atMs;
    this.remember(db, key, atMs);
    return atMs + holdShiftMs;
  }

  /** A key that may have come to a held expiry. */
  remember(db: number, key: Buffer, atMs = 0): void {
    if (this.#keys.length < maxRemembered) this.#keys.push({ db, key: Buffer.from(key), atMs });
    else this.needsSearch = true;
  }

  /** An effect that may have given held expiries to keys that are not known. */
  loseTrack(): void {
    if (this.isAny) this.needsSearch = true;
    this.fields.loseTrack();
  }

  /** Hands over up to `count` of the remembered keys; those that stay held are to be remembered again. */
  take(count: number): HeldKey[] {
    return this.#keys.splice(0, count);
  }
}

/** The real time of an expiry that was found on the target, or `null` when it is not a held one. */
export function heldTime(foundMs: number, nowMs: number): number | null {
  const real = foundMs - holdShiftMs;
  // Nothing is held that is more than a few days ahead: an expiry beyond was chosen by somebody.
  return real > 0 && real < nowMs + 7 * 86_400_000 ? real : null;
}
