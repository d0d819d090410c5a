import { FerryError } from '@cacheferry/kernel';
import { type Connection, encodeCommand, leafKind, RawReplies, ReplyError } from '@cacheferry/resp';
import type { KeyMatch } from '../../rules/key-matcher.ts';
import { EndlessPages, type TableSize } from './endless-pages.ts';
import { maxKeyBytes, pageKeys, type ReadKeys, type ReadOptions, ValueBatches } from './value-batches.ts';

/** `owns`: of all keys only those are read. */
export type ScanOptions = ReadOptions & TableSize & { owns?: KeyMatch; signal: AbortSignal };

const batchesAhead = 4;
const pageCount = batchesAhead + 4;

/**
 * Reads every key of the connection's database by SCAN, the values of some batches being on their way while one is looked at.
 *
 * Throws `source.scan_endless`, `endpoint.*`.
 */
export async function* scanDatabase(options: ScanOptions): AsyncGenerator<ReadKeys> {
  const { connection, owns, signal } = options;
  const pages = ring();
  const owned = owns ? ring() : pages;
  const batches = new ValueBatches(options, batchesAhead + 3);
  const queue: Promise<ReadKeys>[] = [];
  const endless = new EndlessPages(options, pageKeys);
  let turn = 0;
  let next: Promise<string> | null = scan(connection, '0', pages[0] as RawReplies);
  while (next) {
    const cursor: string = await next;
    const found = pages[turn % pageCount] as RawReplies;
    signal.throwIfAborted();
    endless.note(found.count - 1, connection.endpoint);
    const page = owns ? select(found, owns, owned[turn % pageCount] as RawReplies) : found;
    next = cursor === '0' ? null : scan(connection, cursor, pages[++turn % pageCount] as RawReplies);
    next?.catch(() => {});
    for (let from = 1; from < page.count; ) {
      const to = Math.min(page.count, from + batches.size);
      const asked = batches.ask(page, from, to);
      // Who reads may have left when it fails.
      asked.catch(() => {});
      queue.push(asked);
      from = to;
      if (queue.length > batchesAhead) yield batches.learn(await (queue.shift() as Promise<ReadKeys>));
    }
  }
  for (const batch of queue) yield batches.learn(await batch);
}

const ring = () => Array.from({ length: pageCount }, () => new RawReplies(maxKeyBytes));

/** The cursor and those keys of a page that match. */
function select(page: RawReplies, owns: KeyMatch, into: RawReplies): RawReplies {
  into.expect(0).append(page, 0);
  for (let leaf = 1; leaf < page.count; leaf++) {
    const start = page.start(leaf);
    if (owns(page.bytes, start, start + page.size(leaf))) into.append(page, leaf);
  }
  return into;
}

async function scan(connection: Connection, cursor: string, into: RawReplies): Promise<string> {
  await connection.send(encodeCommand(['SCAN', cursor, 'COUNT', pageKeys]), into.expect(1));
  if (into.count > 0 && into.kind(0) === leafKind.error)
    throw connection.classify(new ReplyError(into.text(0).toString()), 'SCAN');
  if (into.count < 1 || into.kind(0) !== leafKind.bulk)
    throw new FerryError('endpoint.protocol', { endpoint: connection.endpoint });
  return into.text(0).toString('latin1');
}
