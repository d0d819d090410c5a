const bits = 20;
const words = 2 ** (bits - 5);
/** A gap in the stream says nothing: what comes behind it may have been run right after what came before. */
const longestGapMs = 250;

/**
 * Keys that the commands of the last moments built up: a target that had just dropped one has made it anew.
 *
 * Two generations of one bit per hash of a key: it may name a key that was not built, and forgets none within `spanMs`
 * of the stream. An engine that has just been started does not know, and names all.
 */
export class RecentKeys {
  /** Whether keys are to be noted: else nothing expires on the target, or the source cannot be asked. */
  isOn = false;
  /** How long a key is named at least, by the time at which the stream was received. */
  spanMs = 2_000;
  #young = new Uint32Array(words);
  #old = new Uint32Array(words);
  #unknown = 2;
  #passedMs = 0;
  #lastMs: number | null = null;

  /** A full sync begins: nothing was built before. */
  clear(): void {
    this.#young.fill(0);
    this.#old.fill(0);
    this.#unknown = 0;
  }

  /** The stream goes on with what was received then. */
  pass(receivedAtMs: number): void {
    const gap = receivedAtMs - (this.#lastMs ?? receivedAtMs);
    this.#lastMs = receivedAtMs;
    this.#passedMs += Math.min(longestGapMs, Math.max(0, gap));
    if (this.#passedMs < this.spanMs) return;
    [this.#young, this.#old] = [this.#old, this.#young];
    this.#young.fill(0);
    this.#passedMs = 0;
    if (this.#unknown > 0) this.#unknown--;
  }

  /** Hot path: for each command that builds up a key. */
  note(db: number, bytes: Buffer, start = 0, end = bytes.length): void {
    const at = placeOf(db, bytes, start, end);
    this.#young[at >>> 5] = (this.#young[at >>> 5] as number) | (1 << (at & 31));
  }

  has(db: number, key: Buffer): boolean {
    if (this.#unknown > 0) return true;
    const at = placeOf(db, key, 0, key.length);
    return (((this.#young[at >>> 5] as number) | (this.#old[at >>> 5] as number)) & (1 << (at & 31))) !== 0;
  }
}

function placeOf(db: number, bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ db;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> (32 - bits);
}
