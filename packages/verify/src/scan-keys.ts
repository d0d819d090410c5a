import { FerryError } from '@cacheferry/kernel';
import { encodeCommand, leafKind, RawReplies } from '@cacheferry/resp';
import { EndlessPages, type TableSize } from '@cacheferry/engine';
import type { SideLink } from './side-link.ts';
import { errorOf } from './ask-both.ts';

const pageKeys = 1_000;
/** The longest key that a server takes. */
const mostKeyBytes = 536_870_912;

/**
 * All keys of the connection's database, a page at a time: leaf 0 of a page is the cursor, the others are keys. A key may
 * come twice, as SCAN has it. A page holds until the one after the next is asked for.
 *
 * Throws `source.scan_endless` when the cursor never ends.
 */
export async function* scanKeys(connection: SideLink, size: TableSize): AsyncGenerator<RawReplies> {
  const endless = new EndlessPages(size, pageKeys);
  let page = new RawReplies(mostKeyBytes);
  let other = new RawReplies(mostKeyBytes);
  let cursor = '0';
  let next = scan(connection, cursor, page);
  do {
    cursor = await next;
    endless.note(page.count - 1, connection.endpoint);
    // The next page is on its way while this one is looked at.
    if (cursor !== '0') {
      next = scan(connection, cursor, other);
      next.catch(() => {});
    }
    yield page;
    [page, other] = [other, page];
  } while (cursor !== '0');
}

async function scan(connection: SideLink, cursor: string, into: RawReplies): Promise<string> {
  await connection.send(encodeCommand(['SCAN', cursor, 'COUNT', pageKeys]), into.expect(1));
  const error = errorOf(into, 0);
  if (error) throw connection.classify(error, 'SCAN');
  if (into.count < 1 || into.kind(0) !== leafKind.bulk)
    throw new FerryError('endpoint.protocol', { endpoint: connection.endpoint });
  return into.text(0).toString('latin1');
}
