import { FerryError } from '@cacheferry/kernel';
import { commandHead, type Connection, encodeCommand, leafKind, RawReplies, ReplyError } from '@cacheferry/resp';
import { isBookkeeping } from '../../write/bookkeeping.ts';

/** Keys `from` to `to` of a page with their values, and the replies about their expiry. Holds until the next but one. */
export type ReadKeys = { page: RawReplies; from: number; to: number; values: RawReplies; expiries: RawReplies | null };

export type ScanOptions = {
  connection: Connection;
  expectedKeys: number;
  db: number;
  /** Whether any key has an expiry yet. */
  hasExpiries: boolean;
  /** The command that tells an expiry. */
  expiryCommand: 'PEXPIRETIME' | 'PTTL';
  signal: AbortSignal;
};

const pageKeys = 1_000;
/** Values of about so many bytes are asked for at once. */
const batchBytes = 4_194_304;
const batchesAhead = 2;
const pageCount = 6;
const maxKeyBytes = 536_870_912;

/**
 * Reads every key of the connection's database by SCAN and DUMP, the next batch being on its way while one is looked at.
 *
 * Throws `source.scan_endless`, `endpoint.*`.
 */
export async function* scanDatabase(options: ScanOptions): AsyncGenerator<ReadKeys> {
  const { connection, expectedKeys, signal } = options;
  const pages = Array.from({ length: pageCount }, () => new RawReplies(maxKeyBytes));
  const batches = new Batches(options);
  const queue: Promise<ReadKeys>[] = [];
  let turn = 0;
  let seen = 0;
  let next: Promise<string> | null = scan(connection, '0', pages[0] as RawReplies);
  while (next) {
    const cursor: string = await next;
    const page = pages[turn % pageCount] as RawReplies;
    signal.throwIfAborted();
    seen += Math.max(page.count - 1, 1);
    if (seen > expectedKeys * 4 + 1_000_000)
      throw new FerryError('source.scan_endless', { endpoint: connection.endpoint, keys: seen });
    next = cursor === '0' ? null : scan(connection, cursor, pages[++turn % pageCount] as RawReplies);
    next?.catch(() => {});
    for (let from = 1; from < page.count; ) {
      const to = Math.min(page.count, from + batches.size);
      queue.push(batches.ask(page, from, to));
      from = to;
      if (queue.length > batchesAhead) yield batches.learn(await (queue.shift() as Promise<ReadKeys>));
    }
  }
  for (const batch of queue) yield batches.learn(await batch);
}

type Slot = { values: RawReplies; expiries: RawReplies };

/**
 * Asks for values, as many at once as their size allows.
 *
 * As long as the database has no expiry, that is asked behind each batch in place of one expiry a key.
 */
class Batches {
  readonly #options: ScanOptions;
  readonly #dump = commandHead('DUMP');
  readonly #expiry: Buffer;
  readonly #slots = Array.from({ length: batchesAhead + 3 }, () => ({
    values: new RawReplies(maxKeyBytes),
    expiries: new RawReplies(65_536),
  }));
  #hasExpiries: boolean;
  #turn = 0;
  #bytesEach = 1_024;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#expiry = commandHead(options.expiryCommand);
    this.#hasExpiries = options.hasExpiries;
  }

  get size(): number {
    return Math.max(1, Math.min(pageKeys, Math.floor(batchBytes / this.#bytesEach)));
  }

  async ask(page: RawReplies, from: number, to: number): Promise<ReadKeys> {
    const { values, expiries } = this.#slots[this.#turn++ % this.#slots.length] as Slot;
    const { connection } = this.#options;
    const isAsking = this.#hasExpiries;
    const dumped = connection.send(commands(this.#dump, page, from, to), values.expect(to - from));
    const times = isAsking ? commands(this.#expiry, page, from, to) : encodeCommand(['INFO', 'keyspace']);
    const told = connection.send(times, expiries.expect(isAsking ? to - from : 1));
    const all = Promise.all([dumped, told]);
    all.catch(() => {});
    await all;
    if (isAsking) return { page, from, to, values, expiries };
    if (hasNoExpiry(expiries, this.#options.db)) return { page, from, to, values, expiries: null };
    this.#hasExpiries = true;
    await connection.send(commands(this.#expiry, page, from, to), expiries.expect(to - from));
    return { page, from, to, values, expiries };
  }

  /** Big values are asked for in smaller batches from now on. */
  learn(keys: ReadKeys): ReadKeys {
    const each = Math.ceil(keys.values.length / (keys.to - keys.from));
    this.#bytesEach = each > this.#bytesEach ? each : Math.ceil((this.#bytesEach * 7 + each) / 8);
    return keys;
  }
}

function hasNoExpiry(info: RawReplies, db: number): boolean {
  const found = new RegExp(`^db${db}:.*expires=(\\d+)`, 'm').exec(info.text(0).toString('latin1'));
  return info.kind(0) === leafKind.bulk && (found === null || found[1] === '0');
}

async function scan(connection: Connection, cursor: string, into: RawReplies): Promise<string> {
  await connection.send(encodeCommand(['SCAN', cursor, 'COUNT', pageKeys]), into.expect(1));
  if (into.count > 0 && into.kind(0) === leafKind.error)
    throw connection.classify(new ReplyError(into.text(0).toString()), 'SCAN');
  if (into.count < 1 || into.kind(0) !== leafKind.bulk)
    throw new FerryError('endpoint.protocol', { endpoint: connection.endpoint });
  return into.text(0).toString('latin1');
}

/** The same command for each key, made of bytes of the page. */
function commands(head: Buffer, page: RawReplies, from: number, to: number): Buffer {
  const begin = page.head(from);
  const end = to < page.count ? page.head(to) : page.length;
  const out = Buffer.allocUnsafe((to - from) * head.length + end - begin);
  let at = 0;
  for (let leaf = from; leaf < to; leaf++) {
    at += head.copy(out, at);
    at += page.bytes.copy(out, at, page.head(leaf), page.next(leaf));
  }
  return out;
}

/** Whether a key is to be left out: it is gone, or bookkeeping of a migration. Throws what the server refuses. */
export function isLeftOut(connection: Connection, { page, from, values }: ReadKeys, index: number): boolean {
  const kind = values.kind(index);
  if (kind === leafKind.error) throw connection.classify(new ReplyError(values.text(index).toString()), 'DUMP');
  const start = page.start(from + index);
  return kind !== leafKind.bulk || isBookkeeping(page.bytes, start, start + page.size(from + index));
}
