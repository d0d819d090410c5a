import { FerryError } from '@cacheferry/kernel';
import { type Connection, encodeCommand, leafKind, RawReplies, ReplyError } from '@cacheferry/resp';
import { maxKeyBytes, pageKeys, type ReadKeys, type ReadOptions, ValueBatches } from './value-batches.ts';

export type ScanOptions = ReadOptions & { expectedKeys: number; signal: AbortSignal };

const batchesAhead = 4;
const pageCount = batchesAhead + 4;

/**
 * Reads every key of the connection's database by SCAN, the values of some batches being on their way while one is looked at.
 *
 * Throws `source.scan_endless`, `endpoint.*`.
 */
export async function* scanDatabase(options: ScanOptions): AsyncGenerator<ReadKeys> {
  const { connection, expectedKeys, signal } = options;
  const pages = Array.from({ length: pageCount }, () => new RawReplies(maxKeyBytes));
  const batches = new ValueBatches(options, batchesAhead + 3);
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

async function scan(connection: Connection, cursor: string, into: RawReplies): Promise<string> {
  await connection.send(encodeCommand(['SCAN', cursor, 'COUNT', pageKeys]), into.expect(1));
  if (into.count > 0 && into.kind(0) === leafKind.error)
    throw connection.classify(new ReplyError(into.text(0).toString()), 'SCAN');
  if (into.count < 1 || into.kind(0) !== leafKind.bulk)
    throw new FerryError('endpoint.protocol', { endpoint: connection.endpoint });
  return into.text(0).toString('latin1');
}
