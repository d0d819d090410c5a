import type { DoubtfulKeys } from '../snapshot-keys/doubtful-keys.ts';
import type { KeySnapshot } from '../snapshot-keys/fetch-snapshots.ts';
import { type KeyId, keyId, keyOf } from '../snapshot-keys/key-id.ts';
import { keyUse } from '../snapshot-keys/key-use.ts';
import type { PendingSnapshots } from '../snapshot-keys/pending-snapshots.ts';
import type { Batch } from '../write/batch.ts';
import type { Words } from './absolute-expiry.ts';
import type { ArgumentView } from './argument-view.ts';
import type { LeftOut } from './left-out.ts';
import type { HeldExpiries } from './held-expiries.ts';
import type { RecentKeys } from './recent-keys.ts';
import type { TargetKey } from './scope-command.ts';
import { restoreOver, type RestoreTarget } from './restore-rewriter.ts';

export type DoubtStageOptions = {
  doubts: DoubtfulKeys;
  pending: PendingSnapshots;
  restoreTarget: RestoreTarget;
  held: HeldExpiries;
  recent: RecentKeys;
  /** A bulk string above that is refused by the target. */
  maxBulkBytes: number;
  onLeftOut: (left: LeftOut) => void;
  /** A batch is not run at once, but slot by slot. */
  isCluster: boolean;
  /** Whether the target drops fields of hashes at their time. */
  hasFieldTtl: boolean;
  /** Whether a key that the target lacks is noticed, and read from the source. */
  canRemake: () => boolean;
  /** Whether a key that was read anew may still be written; without it all may. */
  takesRepair?: (key: Buffer, offset: number) => boolean;
};

/** What the stream's commands need so that keys which the target has lost by itself are noticed and mended. */
export class DoubtStage {
  /** Whether commands are preceded by a look at their keys. */
  isProbing = false;
  /**
   * Up to this offset everything is on the target already, though nobody saw what came of it; in a cluster some of it may
   * be, and is sent again.
   */
  reviewUntil = 0;
  readonly pending: PendingSnapshots;
  readonly #options: DoubtStageOptions;
  /** Whether commands are late, and no key is looked at all the same. */
  #isTrusting = false;
  /** Keys that the open batch has used since it was begun: only the first use can find an expired one. */
  readonly #used = new Set<KeyId>();

  constructor(options: DoubtStageOptions) {
    this.#options = options;
    this.pending = options.pending;
  }

  /** Whether what ends there is looked at, but not sent: it is on the target. In a cluster some may not be. */
  isSkipping(offset: number): boolean {
    return offset <= this.reviewUntil && !this.#options.isCluster;
  }

  /** Sets whether what comes next is late, and sure as long as no key is dropped. */
  trust(batch: Batch, isTrusting: boolean): void {
    if (this.#isTrusting === isTrusting) return;
    this.#isTrusting = isTrusting;
    this.mark(batch);
  }

  /** Says of a batch whether all of it is probed. */
  mark(batch: Batch): void {
    const whole = this.isProbing ? 'all' : 'none';
    if (batch.isEmpty) {
      batch.probes = whole;
      batch.trusts = this.#isTrusting;
      this.#used.clear();
      return;
    }
    batch.trusts ||= this.#isTrusting;
    if (batch.probes !== whole) batch.probes = 'part';
  }

  /** Puts an EXISTS before a command for each key on which its effect depends. */
  probe(batch: Batch, args: readonly Buffer[], db: number): void {
    const { reads, writes } = keyUse(args, db);
    // What lies in several slots is run apart from the commands before and behind.
    const isAlone = this.#options.isCluster && new Set([...reads, ...writes]).size > 1;
    if (isAlone) this.#used.clear();
    this.#ask(batch, reads);
    if (this.#options.hasFieldTtl && isCount(args)) this.#askField(batch, args as [Buffer, Buffer, Buffer], db);
    if (isAlone) this.#used.clear();
  }

  /** What a field is counted up from may be gone, though its hash is there. */
  #askField(batch: Batch, [, key, field]: readonly [Buffer, Buffer, Buffer], db: number): void {
    const id = `field ${keyId(db, fieldName(key, field))}`;
    if (this.#used.has(id)) return;
    this.#used.add(id);
    batch.select(db);
    batch.element(-1);
    batch.out.command('HEXISTS', key, field);
  }

  #ask(batch: Batch, ids: readonly KeyId[]): void {
    for (const id of ids) {
      if (this.#used.has(id)) continue;
      this.#used.add(id);
      const { db, key } = keyOf(id);
      batch.select(db);
      batch.element(-1);
      batch.out.command('EXISTS', key);
    }
  }

  /** A command builds up a key, and makes it anew where the target has just dropped it. */
  build(db: number, buffer: Buffer, start: number, end: number): void {
    const { recent } = this.#options;
    if (recent.isOn) recent.note(db, buffer, start, end);
  }

  /** The same of a hash; `isCounted`: its field is made anew as well. */
  buildField(db: number, args: ArgumentView, isCounted: boolean): void {
    const { recent, hasFieldTtl } = this.#options;
    if (!recent.isOn) return;
    recent.note(db, args.at(1));
    if (isCounted && hasFieldTtl) recent.note(db, fieldName(args.at(1), args.at(2)));
  }

  /**
   * A key is given another expiry. One that was made anew has none before: its value would stay as it is for ever, so it
   * is put in doubt if it was built up a moment ago and its PTTL is below 0.
   */
  extend(batch: Batch, db: number, key: Buffer): void {
    const { recent } = this.#options;
    if (!recent.isOn || !recent.has(db, key)) return;
    batch.select(db);
    batch.element(-1);
    batch.out.command('PTTL', key);
    if (batch.probes === 'none') batch.probes = 'part';
  }

  /** The same of fields of a hash. */
  extendFields(batch: Batch, db: number, args: ArgumentView): void {
    const { recent, hasFieldTtl } = this.#options;
    if (!recent.isOn || !hasFieldTtl) return;
    let at = 2;
    while (at < args.count && !args.isWord(at, 'FIELDS')) at++;
    const fields = args.from(at + 2).filter((field) => recent.has(db, fieldName(args.at(1), field)));
    if (fields.length === 0) return;
    batch.select(db);
    batch.element(-1);
    batch.out.command('HPTTL', args.at(1), 'FIELDS', fields.length, ...fields);
    if (batch.probes === 'none') batch.probes = 'part';
  }

  /** A key is made of what others hold: it stays as it is, whatever becomes of a key that was missing. */
  derive(batch: Batch, args: readonly Buffer[], db: number): void {
    const { recent } = this.#options;
    if (!recent.isOn) return;
    const { reads, writes } = keyUse(args, db);
    for (const id of reads) recent.note(db, keyOf(id).key);
    if (this.isProbing) return;
    const [first, ...others] = reads;
    const origins = reads.filter((id) => !writes.includes(id));
    // What takes from one key and gives to another changes both.
    this.#ask(batch, first !== undefined && origins.length === 0 && others.length > 0 ? [first] : origins);
    if (batch.probes === 'none') batch.probes = 'part';
  }

  /** What a key holds is from now on under another name too. */
  move(args: readonly Buffer[], db: number): void {
    const { recent } = this.#options;
    if (!recent.isOn) return;
    const { reads, writes } = keyUse(args, db);
    if (!reads.some((id) => recent.has(db, keyOf(id).key))) return;
    for (const to of writes.map(keyOf)) recent.note(to.db, to.key);
  }

  /** A command that ran, and nobody knows whether its keys had expired: they are in doubt. */
  review(args: readonly Buffer[], db: number): void {
    const { doubts } = this.#options;
    const name = (args[0] as Buffer).toString('latin1').toUpperCase();
    if (name === 'FLUSHALL' || name === 'FLUSHDB') doubts.flush(name === 'FLUSHALL' ? null : db);
    if (name === 'SWAPDB') doubts.swap(Number(args[1]), Number(args[2]));
    const use = keyUse(args, db);
    for (const id of use.reads) doubts.mark(id);
    doubts.follow(use);
  }

  /**
   * A key was made by a command that is not sent: it is removed, and found missing, which puts it in doubt until a
   * snapshot of the source takes its place.
   */
  remake(batch: Batch, { db, key }: TargetKey, isReviewing: boolean): void {
    if (isReviewing) return this.#options.doubts.mark(keyId(db, key));
    batch.select(db);
    for (const name of ['DEL', 'EXISTS']) {
      batch.element(-1);
      batch.out.command(name, key);
    }
    if (batch.probes === 'none') batch.probes = 'part';
  }

  /**
   * A command that the target does not know: what it changed is read from the source in its place. False when it changed
   * no key, or the source cannot be asked.
   */
  replace(batch: Batch, args: readonly Buffer[], { db, isReviewing }: { db: number; isReviewing: boolean }): boolean {
    const { writes } = keyUse(args, db);
    if (writes.length === 0 || !this.#options.canRemake()) return false;
    for (const id of writes) this.remake(batch, keyOf(id), isReviewing);
    return true;
  }

  /** Databases are emptied or change places: what waits to be written there was taken behind that. */
  sweep(batch: Batch): void {
    this.pending.drop();
    this.#used.clear();
    batch.isSweeping = true;
  }

  /** Writes snapshots of the source over their keys; `offset` is where the stream is. */
  write(batch: Batch, snapshots: readonly KeySnapshot[], offset: number): void {
    for (const snapshot of snapshots) {
      const { db, key } = keyOf(snapshot.id);
      if (this.#options.takesRepair?.(key, offset) === false) continue;
      const first = batch.queued;
      for (const words of this.#wordsFor(snapshot, db, key)) {
        batch.select(db);
        batch.element(offset);
        batch.out.command(...words);
      }
      batch.repairs.push({ first, element: batch.queued - 1, id: snapshot.id });
      batch.dirty.delete(snapshot.id);
    }
  }

  #wordsFor({ payload, expireAtMs }: KeySnapshot, db: number, key: Buffer): Words[] {
    const { maxBulkBytes, restoreTarget, held, onLeftOut } = this.#options;
    const gone: Words[] = [['DEL', key]];
    if (payload === null) return gone;
    const lose = (as: LeftOut['class'], count = 1) => {
      onLeftOut({ class: as, count, name: 'RESTORE', db, key });
      return gone;
    };
    if (payload.length > maxBulkBytes) return lose('too_large');
    const place = expireAtMs > 0 ? held.place(db, key, expireAtMs) : 0;
    const restored = restoreOver({ key, payload, place }, restoreTarget);
    if (!restored) return lose('type');
    if (restored.lostFieldTtls > 0) lose('field_ttl', restored.lostFieldTtls);
    return restored.commands;
  }
}

/** Whether a command counts a field up. */
function isCount(args: readonly Buffer[]): boolean {
  return args.length === 4 && args[0]?.length === 7 && args[0].toString('latin1').toUpperCase() === 'HINCRBY';
}

/** A field of a hash as a name among those of keys, as both stand in a command. */
const fieldName = (key: Buffer, field: Buffer): Buffer =>
  Buffer.concat([key, Buffer.from(`\r\n$${field.length}\r\n`), field]);
