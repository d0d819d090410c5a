import type { Clock } from '@cacheferry/kernel';
import { type Command, type Reply, ReplyError } from '@cacheferry/resp';
import type { TargetLink } from '../route/target-link.ts';
import type { Batch } from '../write/batch.ts';
import { type HeldExpiries, type HeldKey, heldTime } from './held-expiries.ts';
import { type FieldLoss, ReleaseFields } from './release-fields.ts';

export type ReleaseOptions = {
  held: HeldExpiries;
  /** Whether a key that is found on the target is one of this shard's; null: all are. */
  isMine: ((key: Buffer) => boolean) | null;
  clock: Clock;
  /** PEXPIRETIME (≥ 7.0): the exact expiry. */
  hasExpireTime: boolean;
  /** A connection of its own, so that reading does not disturb the lane. */
  open: () => Promise<TargetLink>;
  lose: FieldLoss['lose'];
};

/** What is released now: expiries that come later than `afterMs`, and those that passed before `beforeMs`. */
export type ReleaseBounds = { afterMs: number; beforeMs: number };

const pageKeys = 1_000;
/** A time that was computed from a time to live is rounded; so near it is the remembered one. */
const roundingMs = 1_000;

/**
 * Gives held keys their real expiry. Reads what the target has, so it must be called when nothing is on its way to it;
 * what is to be written is put into the batch given.
 */
export class ReleaseExpiries {
  readonly #options: ReleaseOptions;
  #connection: TargetLink | null = null;
  #search: { dbs: number[]; cursor: string } | null = null;
  readonly #fields: ReleaseFields;

  constructor(options: ReleaseOptions) {
    this.#options = options;
    this.#fields = new ReleaseFields(options.held.fields, options.isMine);
  }

  /** Whether held keys may be left. */
  get isDue(): boolean {
    return this.#search !== null || this.#fields.isDue || this.#options.held.isAny;
  }

  /** Whether the whole target is being searched. */
  get isSearching(): boolean {
    return this.#search !== null || this.#options.held.needsSearch;
  }

  /** One page of keys. Those that stay held are remembered. Their fields come when none is left. */
  async page(batch: Batch, bounds: ReleaseBounds): Promise<void> {
    const { held, lose, clock } = this.#options;
    const connection = await this.#connect();
    const areKeysLeft = held.needsSearch || this.#search !== null || held.remembered > 0;
    if (!areKeysLeft && this.#fields.isDue) return this.#fields.page(connection, batch, { lose, nowMs: clock.now() });
    if (held.needsSearch && !this.#search) await this.#beginSearch(connection);
    const keys = this.#search ? await this.#searchPage(connection, this.#search) : held.take(pageKeys);
    const found = await this.#readTimes(connection, keys);
    keys.forEach((key, index) => {
      const atMs = found[index] ?? null;
      if (atMs === null) return;
      if (atMs > bounds.afterMs || atMs < bounds.beforeMs) this.#release(batch, key, atMs);
      else held.remember(key.db, key.key, atMs);
    });
  }

  /** Before a log is replayed further: which fields were held by what came before. */
  async recall(): Promise<void> {
    if (this.#options.held.fields.needsSearch) await this.#fields.recall(await this.#connect());
  }

  async close(): Promise<void> {
    await this.#connection?.close();
    this.#connection = null;
  }

  #release(batch: Batch, { db, key }: HeldKey, atMs: number): void {
    batch.select(db);
    batch.element(-1);
    batch.out.command('PEXPIREAT', key, atMs);
  }

  async #connect(): Promise<TargetLink> {
    if (!this.#connection || this.#connection.failure) this.#connection = await this.#options.open();
    return this.#connection;
  }

  async #beginSearch(connection: TargetLink): Promise<void> {
    const info = String(await connection.call('INFO', 'keyspace'));
    const dbs = [...info.matchAll(/^db(\d+):keys=\d+,expires=[1-9]/gm)].map((found) => Number(found[1]));
    this.#options.held.needsSearch = false;
    this.#search = { dbs, cursor: '0' };
  }

  async #searchPage(connection: TargetLink, search: { dbs: number[]; cursor: string }): Promise<HeldKey[]> {
    const [db] = search.dbs;
    if (db === undefined) {
      this.#search = null;
      return [];
    }
    const reply = (
      await ask(connection, [
        ['SELECT', db],
        ['SCAN', search.cursor, 'COUNT', pageKeys],
      ])
    )[1] as Reply[];
    search.cursor = String(reply[0]);
    if (search.cursor === '0') search.dbs.shift();
    const { isMine } = this.#options;
    const keys = (reply[1] as Buffer[]).filter((key) => isMine?.(key) ?? true);
    return keys.map((key) => ({ db, key, atMs: 0 }));
  }

  /** The real times of the keys that are held; `null` for all others. */
  async #readTimes(connection: TargetLink, keys: readonly HeldKey[]): Promise<(number | null)[]> {
    if (keys.length === 0) return [];
    const { clock, hasExpireTime } = this.#options;
    const name = hasExpireTime ? 'PEXPIRETIME' : 'PTTL';
    const commands: Command[] = [['TIME']];
    const places: number[] = [];
    let db = -1;
    for (const key of keys) {
      if (key.db !== db) commands.push(['SELECT', key.db]);
      db = key.db;
      places.push(commands.length);
      commands.push([name, key.key]);
    }
    const replies = await ask(connection, commands);
    const [seconds, micros] = replies[0] as Reply[];
    const targetNow = Number(seconds) * 1000 + Number(micros) / 1000;
    return places.map((place, index) => {
      const value = Number(replies[place]);
      const real = value < 0 ? null : heldTime(hasExpireTime ? value : Math.round(value + targetNow), clock.now());
      const noted = keys[index]?.atMs ?? 0;
      return real !== null && !hasExpireTime && Math.abs(real - noted) < roundingMs ? noted : real;
    });
  }
}

async function ask(connection: TargetLink, commands: Command[]): Promise<Reply[]> {
  const replies = await connection.pipeline(commands);
  const at = replies.findIndex((reply) => reply instanceof ReplyError);
  if (at >= 0) throw connection.classify(replies[at] as ReplyError, String(commands[at]?.[0]));
  return replies;
}
