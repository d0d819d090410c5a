import { FerryError, printableKey } from '@cacheferry/kernel';
import { moduleNameAt, type RdbMagic, readDumpPayload } from '@cacheferry/rdb';
import { safeText } from '@cacheferry/resp';
import type { Batch } from '../write/batch.ts';
import type { ElementError } from '../write/commit-lane.ts';
import { argumentsOf, isUnreadable, judgeElement, judgeRefusal, keyExists } from '../write/judge-replies.ts';
import type { TargetSession } from '../write/target-session.ts';
import { keySlot } from '@cacheferry/topology';
import { doneField, slotCheckpointKey } from '../route/slot-checkpoints.ts';
import { presenceProbe } from './big-entries.ts';
import { isSameOnTarget } from './compare-value.ts';
import { libraryName } from './library-name.ts';
import type { PlannedCheckpoint } from './planned-checkpoint.ts';
import { isEmptyEntry } from './recode.ts';
import { subjectOf } from './subject-of.ts';
import { hasSameLibrary } from './same-library.ts';
import type { Refusals } from './refusals.ts';
import type { ShipDeps } from './ship-deps.ts';

const moduleType = 7;

/** Judges the commands of a batch that did not do what they should, and books what did not arrive. */
export class BatchJudge {
  readonly #deps: ShipDeps;
  readonly #session: TargetSession;
  readonly #refusals: Refusals;
  readonly #signal: AbortSignal;
  readonly #planned: () => PlannedCheckpoint;

  constructor(
    deps: ShipDeps,
    session: TargetSession,
    state: { refusals: Refusals; signal: AbortSignal; planned: () => PlannedCheckpoint },
  ) {
    this.#deps = deps;
    this.#session = session;
    this.#refusals = state.refusals;
    this.#signal = state.signal;
    this.#planned = state.planned;
  }

  /** Books an element that did not arrive; the next checkpoint says so too. */
  lose(...loss: Parameters<ShipDeps['lost']['add']>): void {
    const [{ class: name, count }] = loss;
    this.#deps.lost.add(...loss);
    this.#deps.tally.addLost(name, count);
    this.#planned().addLost(name, count);
  }

  /** A collection without elements is no key: it counts neither as done nor as lost. */
  skipEmpty(db: number, key: Buffer): void {
    this.#deps.lost.note('A collection without elements was left out', { db, key });
    this.#deps.tally.keysSkipped++;
    this.#planned().takeBack(0, 1);
  }

  /** Deals with failed commands. Returns how many keys are not on the target because of them. */
  async judgeAll(batch: Batch, failed: readonly ElementError[]): Promise<number> {
    let missing = 0;
    if (batch.checkpoint?.phase !== 'stream') this.#noteUnread(batch, failed);
    for (const one of failed) {
      const refused = this.#asRestore(batch, one);
      if (refused) throw refused;
      missing += await this.#judge(batch, one);
    }
    if (missing > 0) this.#planned().takeBack(missing, 0);
    return missing;
  }

  async #judge(batch: Batch, failed: ElementError): Promise<number> {
    const { connection } = this.#session;
    const { options, tally, errors } = this.#deps;
    const doubtfulUntil = this.#deps.mayRepeat ? Number.POSITIVE_INFINITY : this.#planned().doubtfulUntil;
    const context = { connection, policy: options.onConflict, doubtfulUntil };
    const verdict = judgeElement(batch, failed, context);
    const args = argumentsOf(batch.commandOf(failed.element));
    const db = batch.dbOf(failed.element);
    const isKey = String(args[0]) !== 'FUNCTION';
    if (verdict.kind === 'unreadable') throw this.#unreadable(batch.markOf(failed.element), args[3] as Buffer, failed);
    if (verdict.kind === 'own') return 0;
    if (verdict.kind === 'library') return this.#judgeLibrary(verdict.source);
    if (verdict.kind === 'doubtful' && (await this.#isOwn(db, args, batch.markOf(failed.element)))) return 0;
    if (verdict.kind === 'doubtful' && options.onConflict !== 'skip') throw keyExists(connection.endpoint, args[1], db);
    if (verdict.kind === 'lost') {
      errors.add(verdict.error.code);
      const detail = verdict.error.message;
      this.lose({ class: verdict.class, count: 1, detail, db, ...subjectOf(args) });
      return verdict.class === 'refused' && batch.checkpoint?.phase !== 'stream' ? 1 : 0;
    }
    tally.keysSkipped++;
    this.#planned().takeBack(0, 1);
    return isKey ? 1 : 0;
  }

  /** Whether a key was written by this task: the target had none before, or the value is the one that was to be written. */
  async #isOwn(db: number, args: readonly Buffer[], mark: number): Promise<boolean> {
    if (this.#session.claim.origin === 'empty' && !this.#refusals.groups) return true;
    const connection = await this.#deps.openTarget(this.#signal);
    try {
      const [, key, , payload] = args as [Buffer, Buffer, Buffer, Buffer];
      if (payload.equals(presenceProbe)) {
        const { task, shard } = this.#deps;
        const done = await connection.call('HGET', slotCheckpointKey(task, keySlot(key)), doneField(shard));
        return String(done) === String(mark);
      }
      return await isSameOnTarget(connection, { db, key, payload, magic: this.#magic });
    } finally {
      await connection.close();
    }
  }

  /** The same library is none of anybody else's; another one of that name is not replaced. */
  async #judgeLibrary(source: Buffer): Promise<number> {
    const link = await this.#deps.openTarget(this.#signal);
    try {
      if (await hasSameLibrary(link, source)) return 0;
    } finally {
      await link.close();
    }
    const library = printableKey(libraryName(source));
    throw new FerryError('target.library_exists', { endpoint: link.endpoint, library });
  }

  /** All that is in doubt of a batch: its checkpoint counts them as done, and the next attempt begins in front of it. */
  #noteUnread(batch: Batch, failed: readonly ElementError[]): void {
    for (const { element, error } of failed)
      if (isUnreadable(error) && batch.markOf(element) >= 0) this.#refusals.unread.add(batch.markOf(element));
  }

  /** Notes what the target does not read; the next attempt sends another form of it, or leaves it out. */
  #unreadable(mark: number, payload: Buffer, { error }: ElementError): FerryError {
    const { types, modules, entries } = this.#refusals;
    const type = payload[0] as number;
    const { endpoint } = this.#session.profile;
    if (type === moduleType) modules.add(moduleNameAt(payload, 1).name);
    else if (types.has(type) || isEmptyEntry(type, this.#magic, readDumpPayload(payload).body)) entries.add(mark);
    else types.add(type);
    return new FerryError('target.refused', { endpoint, command: 'RESTORE', reason: safeText(error.message) });
  }

  /** The family in whose dialect payloads for the target are written. */
  get #magic(): RdbMagic {
    return this.#session.profile.product === 'valkey' ? 'VALKEY' : 'REDIS';
  }

  /** A string of a full sync that the target does not take without RESTORE: from the next attempt on it gets that. */
  #asRestore(batch: Batch, { element, error }: ElementError): FerryError | null {
    if (batch.checkpoint?.phase === 'stream' || error.prefix === 'BUSYKEY') return null;
    const command = String(argumentsOf(batch.commandOf(element))[0]);
    if (command !== 'SET' && command !== 'SETNX') return null;
    this.#refusals.plainStrings = true;
    const { endpoint } = this.#session.connection;
    return new FerryError('target.refused', { endpoint, command, reason: safeText(error.message) });
  }

  /** A command kept its batch, or the group of it, from being run. Returns the error to end with. */
  refused(batch: Batch, refused: ElementError): Error {
    const asRestore = this.#asRestore(batch, refused);
    if (asRestore) return asRestore;
    const error = judgeRefusal(batch, refused, this.#session.connection);
    if (error.code !== 'target.refused') return error;
    if (batch.groups.includes(refused.element)) this.#refusals.groups = true;
    else {
      const isStream = batch.checkpoint?.phase === 'stream';
      const isUnknown = /^ERR unknown command/i.test(refused.error.message);
      if (isStream && isUnknown) this.#refusals.names.add(String(error.facts.command));
      else (isStream ? this.#refusals.commands : this.#refusals.entries).add(batch.markOf(refused.element));
    }
    return error;
  }
}
