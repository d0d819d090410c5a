import { type KeyId, keyId } from '../snapshot-keys/key-id.ts';
import { keyUse } from '../snapshot-keys/key-use.ts';
import { expiryAt, type Words } from './absolute-expiry.ts';
import type { ArgumentView } from './argument-view.ts';
import type { HeldFields } from './held-fields.ts';
import type { LeftOut } from './left-out.ts';
import { plainHashSet } from './plain-hash-set.ts';

type Place = { id: KeyId; db: number; receivedAtMs: number };

/** Commands after which nobody knows which fields a key has. */
const untold = new Set(['EVAL', 'EVALSHA', 'FCALL', 'SWAPDB', 'FLUSHALL', 'FLUSHDB', 'MOVE']);
const longestName = 12;

/**
 * What the commands of a log do to the fields of hashes, as a server does it that loads the log: a field whose expiry has
 * passed stays where it is but is taken for gone, until it is written or given another expiry.
 *
 * Spec: redis t_hash.c, hashTypeGetValue.
 */
export class FieldReplay {
  readonly #held: HeldFields;
  readonly #nowMs: () => number;
  readonly #onLeftOut: (left: LeftOut) => void;

  /** `onLeftOut`: told of expiries of which nothing will be known in the end. */
  constructor(held: HeldFields, nowMs: () => number, onLeftOut: (left: LeftOut) => void) {
    this.#held = held;
    this.#nowMs = nowMs;
    this.#onLeftOut = onLeftOut;
  }

  /** The commands to send in place of one; `null`: it is sent as it is. */
  take(args: ArgumentView, db: number, receivedAtMs: number): readonly Words[] | null {
    const initial = args.at(0)[0];
    const isOfHash = initial === 0x48 || initial === 0x68;
    if ((!isOfHash && !this.#held.isNoting) || args.count < 2) return null;
    const name = args.at(0).subarray(0, longestName).toString('latin1').toUpperCase();
    if (!isOfHash) this.#follow(name, args, db);
    return isOfHash ? this.#ofHash(name, args, { id: keyId(db, args.at(1)), db, receivedAtMs }) : null;
  }

  #follow(name: string, args: ArgumentView, db: number): void {
    const held = this.#held;
    if (untold.has(name)) return held.loseTrack(name);
    const use = keyUse(args.from(0), db);
    const [from] = use.reads;
    const isMoving = name === 'RENAME' || name === 'RENAMENX' || name === 'COPY';
    for (const to of use.writes) {
      if (isMoving && from !== undefined && to !== from) held.copy(from, to);
      else if (!isExpiring(name) && to !== from) held.forget(to);
    }
    if (isMoving && name !== 'COPY' && from !== undefined && !use.writes.every((to) => to === from)) held.forget(from);
  }

  #ofHash(name: string, args: ArgumentView, place: Place): readonly Words[] | null {
    const { receivedAtMs } = place;
    switch (name) {
      case 'HPEXPIREAT':
        return this.#expire(args, place, args.numberAt(2));
      case 'HEXPIREAT':
        return this.#expire(args, place, args.numberAt(2) * 1000);
      case 'HPEXPIRE':
        return this.#expire(args, place, receivedAtMs + args.numberAt(2));
      case 'HEXPIRE':
        return this.#expire(args, place, receivedAtMs + args.numberAt(2) * 1000);
      case 'HPERSIST':
        return this.#persist(args, place);
      case 'HSETNX':
        return this.#setNew(args, place);
      case 'HSETEX':
        return this.#setWithExpiry(args, place);
      case 'HINCRBY':
      case 'HINCRBYFLOAT':
        return this.#increase(args, place);
      case 'HSET':
      case 'HMSET':
        for (let at = 2; at < args.count; at += 2) this.#held.clear(place.id, args.at(at));
        return null;
      case 'HDEL':
        for (const field of args.from(2)) this.#held.clear(place.id, field);
        return null;
      default:
        this.#held.forget(place.id);
        return null;
    }
  }

  #expire(args: ArgumentView, { id, db }: Place, atMs: number): Words[] | null {
    const at = indexOf(args, 'FIELDS', 3);
    if (at < 0 || Number.isNaN(atMs)) return null;
    const fields = args.from(at + 2);
    const condition = at > 3 ? args.at(3).toString('latin1').toUpperCase() : '';
    const met = fields.filter((field) => isMet(condition, this.#held.timeOf(id, field), atMs));
    // What was replicated has changed at least one field.
    const unknown = met.filter((field) => !this.#held.note(id, field, atMs, fields.length === 1)).length;
    if (this.#held.isLost) {
      this.#leaveOut(args.at(1), db, unknown);
      return [];
    }
    return [['HPEXPIREAT', args.at(1), String(this.#held.place(id, atMs)), ...args.from(3)]];
  }

  #persist(args: ArgumentView, { id }: Place): Words[] | null {
    const fields = args.from(4);
    const there = fields.filter((field) => !this.#held.isPast(id, field, this.#nowMs()));
    for (const field of there) this.#held.clear(id, field);
    if (this.#held.isLost) return [];
    if (there.length === fields.length) return null;
    return there.length === 0 ? [] : [['HPERSIST', args.at(1), 'FIELDS', String(there.length), ...there]];
  }

  /** A field that is taken for gone is counted up from 0, and keeps its expiry if it has one. */
  #increase(args: ArgumentView, { id }: Place): Words[] | null {
    const held = this.#held;
    const [key, field] = [args.at(1), args.at(2)];
    const atMs = held.timeOf(id, field);
    const isGone = this.#isGone(id, field);
    held.doubt(id, field);
    if (!isGone || atMs === undefined) return null;
    if (held.isLost) return [['HSET', key, field, '0'], args.from(0)];
    if (held.hasSetEx) return [['HSETEX', key, 'KEEPTTL', 'FIELDS', '1', field, '0'], args.from(0)];
    if (!held.isThere(id, field)) return null;
    const until = String(held.place(id, atMs));
    return [['HSET', key, field, '0'], args.from(0), ['HPEXPIREAT', key, until, 'FIELDS', '1', field]];
  }

  #setNew(args: ArgumentView, { id }: Place): Words[] | null {
    const field = args.at(2);
    const isGone = this.#isGone(id, field);
    this.#held.clear(id, field);
    return isGone ? [['HSET', ...args.from(1)]] : null;
  }

  #setWithExpiry(args: ArgumentView, place: Place): Words[] | null {
    const at = indexOf(args, 'FIELDS', 2);
    if (at < 0) return null;
    const fields = args.from(at + 2).filter((_, index) => index % 2 === 0);
    const options = optionsOf(args, at, place.receivedAtMs);
    if (options.mustExist && fields.some((field) => this.#isGone(place.id, field))) return [];
    const isNew = options.mustBeNew && fields.every((field) => this.#isGone(place.id, field));
    this.#noteEach(fields, options, place, args.at(1));
    if (this.#held.isLost) return [plainHashSet(args, place.receivedAtMs)?.set ?? args.from(0)];
    if (options.atMs === null && !isNew) return null;
    const words = [args.at(0), args.at(1), ...(isNew ? [] : options.conditions), ...(options.keeps ? ['KEEPTTL'] : [])];
    const until = options.atMs === null ? [] : ['PXAT', String(this.#held.place(place.id, options.atMs))];
    return [[...words, ...until, ...args.from(at)]];
  }

  #noteEach(fields: Buffer[], { keeps, conditions, atMs }: SetOptions, { id, db }: Place, key: Buffer): void {
    if (keeps) return;
    const { isLost } = this.#held;
    for (const field of fields) {
      if ((conditions.length > 0 && !isLost) || atMs === null) this.#held.clear(id, field);
      else if (!this.#held.note(id, field, atMs, true) && isLost) this.#leaveOut(key, db, 1);
    }
  }

  #leaveOut(key: Buffer, db: number, count: number): void {
    if (count > 0) this.#onLeftOut({ class: 'field_ttl', count, name: 'HPEXPIREAT', db, key });
  }

  #isGone(id: KeyId, field: Buffer): boolean {
    return this.#held.isGone(id, field, this.#nowMs());
  }
}

/** Whether the condition of an expiry is met by the expiry that a field has had; one that is not known has none. */
function isMet(condition: string, had: number | undefined, atMs: number): boolean {
  switch (condition) {
    case 'NX':
      return had === undefined;
    case 'XX':
      return had !== undefined;
    case 'GT':
      return had !== undefined && atMs > had;
    case 'LT':
      return had === undefined || atMs < had;
    default:
      return true;
  }
}

/** `atMs`: the expiry that is set; null: none. */
type SetOptions = { mustExist: boolean; mustBeNew: boolean; keeps: boolean; atMs: number | null; conditions: Buffer[] };

/** What stands between the key of HSETEX and its fields. */
function optionsOf(args: ArgumentView, end: number, receivedAtMs: number): SetOptions {
  const options: SetOptions = { mustExist: false, mustBeNew: false, keeps: false, atMs: null, conditions: [] };
  for (let at = 2; at < end; at++) {
    options.mustExist ||= args.isWord(at, 'FXX');
    options.mustBeNew ||= args.isWord(at, 'FNX');
    options.keeps ||= args.isWord(at, 'KEEPTTL');
    if (args.isWord(at, 'FXX') || args.isWord(at, 'FNX')) options.conditions.push(args.at(at));
    const time = expiryAt(args, at, receivedAtMs);
    if (time === null) continue;
    options.atMs = time;
    at++;
  }
  return options;
}

function indexOf(args: ArgumentView, word: string, from: number): number {
  for (let at = from; at < args.count; at++) if (args.isWord(at, word)) return at;
  return -1;
}

const isExpiring = (name: string): boolean => /^(P?EXPIRE(AT)?|PERSIST|GETEX)$/.test(name);
