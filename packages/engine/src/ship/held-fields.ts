import { encodeCollection, type HashField, plainTypes, type RdbMagic, readValue, valueTypeOf } from '@cacheferry/rdb';
import { type KeyId, keyId, keyOf } from '../snapshot-keys/key-id.ts';
import type { FileMark } from '../state/file-mark.ts';

/** Servers keep the expiry of a field in 46 bits: a held one lies in the years 4061 to 4197, where no real one does. */
export const fieldShiftMs = 66_000_000_000_000;
const latestMs = 4_300_000_000_000;
const maxHashes = 65_536;
const maxFields = 65_536;

/** `isSure`: the field was there when its expiry was set. `isDoubted`: if it was not, it is now, without an expiry. */
type Noted = { atMs: number; isSure: boolean; isDoubted: boolean };

/**
 * Expiries of hash fields that a replayed log has set, kept from taking effect on the target before its end.
 *
 * A log may give a field another expiry although the one before has passed since it was written; a server that loads the
 * log keeps the field for that. Until then it takes the field for gone, so which ones those are is noted here.
 */
export class HeldFields {
  /** Whether expiries are held: a log is replayed, and the target knows expiries of fields. */
  isOn = false;
  /** Whether a log is replayed, and the target knows none: fields whose expiry has passed are removed in the end. */
  isLost = false;
  /** Whether the target knows HSETEX, which changes a field and leaves it its expiry. */
  hasSetEx = false;
  /** Not all hashes with held fields are remembered: the whole target has to be searched. */
  needsSearch = false;
  readonly #hashes = new Set<KeyId>();
  /** When a field expires, of those that may be gone before the log has ended. */
  readonly #times = new Map<KeyId, Map<string, Noted>>();
  #noted = 0;
  readonly #mark: FileMark | null;
  readonly #hasForgotten: boolean;

  /** `mark`: that anything was noted which only this process knows. */
  constructor(mark: FileMark | null = null) {
    this.#mark = mark;
    this.#hasForgotten = mark?.isSet === true;
  }

  get isAny(): boolean {
    return this.needsSearch || this.#hashes.size > 0 || (this.isLost && this.isNoting);
  }

  /** Whether any field may be gone. */
  get isNoting(): boolean {
    return this.#times.size > 0;
  }

  /** A log is replayed further than an earlier attempt came. */
  goOn(): void {
    if (this.isOn || (this.isLost && this.#hasForgotten)) this.needsSearch = true;
  }

  /** What is to be written as the expiry of fields of a hash. */
  place(id: KeyId, atMs: number): number {
    if (!this.isOn || !(atMs >= 0) || atMs > latestMs) return atMs;
    this.remember(id);
    return atMs + fieldShiftMs;
  }

  /** A hash that may have come to fields with a held expiry. */
  remember(id: KeyId): void {
    if (this.#hashes.size < maxHashes) this.#hashes.add(id);
    else this.needsSearch = true;
  }

  /** Returns whether there was room for it. */
  note(id: KeyId, field: Buffer, atMs: number, isSure = false): boolean {
    this.clear(id, field);
    if (this.#noted >= maxFields) return false;
    if (this.isLost) this.#mark?.set();
    const fields = this.#times.get(id) ?? new Map<string, Noted>();
    fields.set(field.toString('latin1'), { atMs, isSure, isDoubted: false });
    this.#times.set(id, fields);
    this.#noted++;
    return true;
  }

  /**
   * A field of the RDB at the beginning of a log whose expiry has passed: whether it is written all the same, because the log
   * may give it more time, and removed in the end if not.
   */
  keepPassed(id: KeyId, field: Buffer, atMs: number): boolean {
    return this.isLost && this.note(id, field, atMs, true);
  }

  /** The expiry of a field that was noted. */
  timeOf(id: KeyId, field: Buffer): number | undefined {
    return this.#times.get(id)?.get(field.toString('latin1'))?.atMs;
  }

  /** Whether a server that loads the log takes the expiry of a field for passed. */
  isPast(id: KeyId, field: Buffer, nowMs: number): boolean {
    return (this.timeOf(id, field) ?? Number.POSITIVE_INFINITY) < nowMs;
  }

  /** Whether a server that loads the log takes a field for gone. */
  isGone(id: KeyId, field: Buffer, nowMs: number): boolean {
    const noted = this.#times.get(id)?.get(field.toString('latin1'));
    return noted !== undefined && !noted.isDoubted && noted.atMs < nowMs;
  }

  /** Whether a field that is taken for gone is there for sure. */
  isThere(id: KeyId, field: Buffer): boolean {
    return this.#times.get(id)?.get(field.toString('latin1'))?.isSure === true;
  }

  /** A field was changed that may not have been there when its expiry was set: then it has none. */
  doubt(id: KeyId, field: Buffer): void {
    const noted = this.#times.get(id)?.get(field.toString('latin1'));
    if (noted && !noted.isSure) noted.isDoubted = true;
  }

  /** A field is given no expiry, or none that is known. */
  clear(id: KeyId, field: Buffer): void {
    const fields = this.#times.get(id);
    if (!fields?.delete(field.toString('latin1'))) return;
    this.#noted--;
    if (fields.size === 0) this.#times.delete(id);
  }

  /** A key is something else from now on. */
  forget(id: KeyId): void {
    this.#noted -= this.#times.get(id)?.size ?? 0;
    this.#times.delete(id);
  }

  /** A key takes what another holds. */
  copy(from: KeyId, to: KeyId): void {
    this.forget(to);
    const fields = this.#times.get(from);
    if (!fields || this.#noted + fields.size > maxFields) return;
    this.#times.set(to, new Map([...fields].map(([field, noted]) => [field, { ...noted }])));
    this.#noted += fields.size;
  }

  /** Keys have changed that cannot be told, by a command of that name. */
  loseTrack(name = ''): void {
    const isNoneLeft = this.isLost && name === 'FLUSHALL';
    if (this.isAny && !isNoneLeft) this.needsSearch = true;
    this.#times.clear();
    this.#noted = 0;
  }

  /** Hands over up to `count` of the remembered hashes. */
  take(count: number): { db: number; key: Buffer }[] {
    const taken = [...this.#hashes].slice(0, count);
    for (const id of taken) this.#hashes.delete(id);
    return taken.map(keyOf);
  }

  /** Hands over what was noted of the fields of one hash; `null`: of none anything is. */
  takeNoted(): { db: number; key: Buffer; fields: (Noted & { field: Buffer })[] } | null {
    for (const [id, noted] of this.#times) {
      const fields = [...noted].map(([field, one]) => ({ field: Buffer.from(field, 'latin1'), ...one }));
      this.forget(id);
      return { ...keyOf(id), fields };
    }
    return null;
  }

  /** A hash with its expiries held, in the form of the target; `null` for a value that has none. */
  hold(
    at: { db: number; key: Buffer },
    { type, magic, body }: { type: number; magic: RdbMagic; body: Buffer },
    product: 'redis' | 'valkey',
  ): { type: number; magic: RdbMagic; body: Buffer } | null {
    if (!this.isOn || type < 22 || valueTypeOf(type, magic) !== 'hash') return null;
    const value = readValue(type, magic, body);
    if (value.type !== 'hash') return null;
    const id = keyId(at.db, at.key);
    this.forget(id);
    const fields = value.fields.map((field) => this.#heldField(id, field));
    const to = product === 'valkey' ? plainTypes.valkeyHash : plainTypes.redisHash;
    const dialect: RdbMagic = product === 'valkey' ? 'VALKEY' : 'REDIS';
    return { type: to, magic: dialect, body: encodeCollection({ type: 'hash', fields }, to) };
  }

  #heldField(id: KeyId, field: HashField): HashField {
    const { expireAtMs } = field;
    if (expireAtMs < 0) return field;
    this.note(id, field.field, expireAtMs, true);
    return { ...field, expireAtMs: this.place(id, expireAtMs) };
  }
}

/** The real time of a field's expiry that was found on the target, or `null` when it is not a held one. */
export function heldFieldTime(foundMs: number): number | null {
  const real = foundMs - fieldShiftMs;
  return real >= 0 && real <= latestMs ? real : null;
}
