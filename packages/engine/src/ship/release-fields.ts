import { type Command, type Reply, ReplyError } from '@cacheferry/resp';
import type { TargetLink } from '../route/target-link.ts';
import type { Batch } from '../write/batch.ts';
import { type KeyId, keyId } from '../snapshot-keys/key-id.ts';
import type { BatchWriter } from './batch-writer.ts';
import { dropPassedFields } from './drop-passed-fields.ts';
import { type HeldFields, heldFieldTime } from './held-fields.ts';

type Place = { db: number; key: Buffer; cursor: string };
type Found = Place & { fields: Buffer[] };
/** Takes expiries that the target does not get. */
export type FieldLoss = Pick<BatchWriter, 'lose'> & { nowMs: number };

const pageHashes = 200;
const pageFields = 1_000;
const searchKeys = 1_000;

/** Gives held fields of hashes their real expiry, when the log that was replayed has ended. */
export class ReleaseFields {
  readonly #held: HeldFields;
  readonly #isMine: ((key: Buffer) => boolean) | null;
  /** Hashes of which a part is read. */
  #begun: Place[] = [];
  #search: { dbs: number[]; cursor: string } | null = null;

  constructor(held: HeldFields, isMine: ((key: Buffer) => boolean) | null) {
    this.#held = held;
    this.#isMine = isMine;
  }

  get isDue(): boolean {
    return this.#begun.length > 0 || this.#search !== null || this.#held.isAny;
  }

  /** Some of the hashes. */
  async page(link: TargetLink, batch: Batch, { lose, nowMs }: FieldLoss): Promise<void> {
    if (this.#held.isLost) return dropPassedFields(this.#held, batch, { lose, nowMs });
    return this.#read(link, (hash, times) => release(batch, hash, times));
  }

  /** Notes again which fields of the target are held, for a log that is replayed further. */
  async recall(link: TargetLink): Promise<void> {
    const held = this.#held;
    const found: KeyId[] = [];
    while (this.isDue) {
      await this.#read(link, ({ db, key, fields }, times) => {
        const id = keyId(db, key);
        for (const [at, field] of fields.entries()) {
          const real = heldFieldTime(times[at] ?? -1);
          if (real !== null) held.note(id, field, real);
        }
        if (times.some((time) => heldFieldTime(time) !== null)) found.push(id);
      });
    }
    for (const id of found) held.remember(id);
  }

  async #read(link: TargetLink, onHash: (hash: Found, times: readonly number[]) => void): Promise<void> {
    const hashes = await this.#next(link);
    const found = await inDatabases(link, hashes, ({ key, cursor }) => [
      'HSCAN',
      key,
      cursor,
      'COUNT',
      pageFields,
      'NOVALUES',
    ]);
    const read = hashes.flatMap((hash, at) => {
      const reply = found[at];
      if (!Array.isArray(reply)) return [];
      const cursor = String(reply[0]);
      if (cursor !== '0') this.#begun.push({ ...hash, cursor });
      const fields = reply[1] as Buffer[];
      return fields.length > 0 ? [{ ...hash, fields }] : [];
    });
    const times = await inDatabases(link, read, ({ key, fields }) => [
      'HPEXPIRETIME',
      key,
      'FIELDS',
      fields.length,
      ...fields,
    ]);
    for (const [at, hash] of read.entries()) {
      const reply = times[at];
      if (Array.isArray(reply)) onHash(hash, reply.map(Number));
    }
  }

  async #next(link: TargetLink): Promise<Place[]> {
    if (this.#begun.length > 0) return this.#begun.splice(0, pageHashes);
    const remembered = this.#held.take(pageHashes).map((hash) => ({ ...hash, cursor: '0' }));
    if (remembered.length > 0) return remembered;
    if (this.#held.needsSearch) {
      this.#held.needsSearch = false;
      this.#search = { dbs: await databasesOf(link), cursor: '0' };
    }
    return this.#search ? this.#searchPage(link, this.#search) : [];
  }

  async #searchPage(link: TargetLink, search: { dbs: number[]; cursor: string }): Promise<Place[]> {
    const [db] = search.dbs;
    if (db === undefined) {
      this.#search = null;
      return [];
    }
    const page = [{ db, key: Buffer.alloc(0) }];
    const scan: Command = ['SCAN', search.cursor, 'COUNT', searchKeys, 'TYPE', 'hash'];
    const [reply] = (await inDatabases(link, page, () => scan)) as [Reply[]];
    search.cursor = String(reply[0]);
    if (search.cursor === '0') search.dbs.shift();
    const keys = (reply[1] as Buffer[]).filter((key) => this.#isMine?.(key) ?? true);
    return keys.map((key) => ({ db, key, cursor: '0' }));
  }
}

function release(batch: Batch, { db, key, fields }: Found, times: readonly number[]): void {
  const byTime = new Map<number, Buffer[]>();
  for (const [at, field] of fields.entries()) {
    const real = heldFieldTime(times[at] ?? -1);
    if (real === null) continue;
    const others = byTime.get(real);
    if (others) others.push(field);
    else byTime.set(real, [field]);
  }
  for (const [real, together] of byTime) {
    batch.select(db);
    batch.element(-1);
    batch.out.command('HPEXPIREAT', key, real, 'FIELDS', together.length, ...together);
  }
}

async function databasesOf(link: TargetLink): Promise<number[]> {
  const info = String(await link.call('INFO', 'keyspace'));
  return [...info.matchAll(/^db(\d+):/gm)].map((found) => Number(found[1]));
}

/** Asks about each of them in its database. A key that holds something else by now is `null`. */
async function inDatabases<T extends { db: number }>(
  link: TargetLink,
  items: readonly T[],
  commandFor: (item: T) => Command,
): Promise<(Reply | null)[]> {
  if (items.length === 0) return [];
  const commands: Command[] = [];
  const places: number[] = [];
  let db = -1;
  for (const item of items) {
    if (item.db !== db) commands.push(['SELECT', item.db]);
    db = item.db;
    places.push(commands.length);
    commands.push(commandFor(item));
  }
  const replies = await link.pipeline(commands);
  return places.map((place) => {
    const reply = replies[place] as Reply;
    if (!(reply instanceof ReplyError)) return reply;
    if (reply.prefix === 'WRONGTYPE') return null;
    throw link.classify(reply, String(commands[place]?.[0]));
  });
}
