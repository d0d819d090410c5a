import { FerryError } from '@cacheferry/kernel';
import { type Command, type Reply, ReplyError } from '@cacheferry/resp';
import type { Side } from '../side.ts';
import { PageSize } from './page-size.ts';

/** An element of a stream or of its pending entries, with the id that orders it. */
export type Identified = { id: string; value: Buffer };

/** Runs a command whose answer is a list. Throws the classified error. */
export async function listReply(side: Side, command: Command): Promise<Reply[]> {
  const reply = await side.read.call(...command);
  if (!Array.isArray(reply)) throw new FerryError('endpoint.protocol', { endpoint: side.endpoint });
  return reply;
}

/** Replies to many commands; throws the first error among them. */
export async function manyReplies(side: Side, commands: readonly Command[]): Promise<Reply[]> {
  const replies = await side.read.pipeline(commands);
  const index = replies.findIndex((reply) => reply instanceof ReplyError);
  if (index >= 0) throw side.read.classify(replies[index] as ReplyError, String(commands[index]?.[0]));
  return replies;
}

/** The elements of a set, hash or sorted set as HSCAN and its kin give them: flat pages, an element may come twice. */
export async function* scanElements(side: Side, command: string, key: Buffer): AsyncGenerator<Buffer[]> {
  const size = new PageSize();
  let cursor = '0';
  do {
    const [next, elements] = await listReply(side, [command, key, cursor, 'COUNT', size.elements]);
    cursor = String(next);
    const page = Array.isArray(elements) ? elements.filter(Buffer.isBuffer) : [];
    size.learn(
      page.length,
      page.reduce((sum, element) => sum + element.length, 0),
    );
    yield page;
  } while (cursor !== '0');
}

/** The entries of a stream in order, page by page; fields in a form that is equal when and only when they are. */
export async function* streamEntries(side: Side, key: Buffer): AsyncGenerator<Identified[]> {
  const size = new PageSize();
  for (let from = '-'; from !== ''; ) {
    const wanted = size.elements;
    const page = await listReply(side, ['XRANGE', key, from, '+', 'COUNT', wanted]);
    const entries = page.map((entry): Identified => {
      const [id, fields] = Array.isArray(entry) ? entry : [];
      return { id: String(id), value: Buffer.concat((Array.isArray(fields) ? fields : []).flatMap(framed)) };
    });
    yield entries;
    if (entries.length < wanted) return;
    from = afterId(entries.at(-1)?.id ?? '');
    size.learn(
      entries.length,
      entries.reduce((sum, { value }) => sum + value.length + 16, 0),
    );
  }
}

/** The pending entries of a group in order, page by page: owner and number of deliveries. */
export async function* pendingEntries(side: Side, key: Buffer, group: Buffer): AsyncGenerator<Identified[]> {
  const wanted = 1000;
  for (let from = '-'; from !== ''; ) {
    const page = await listReply(side, ['XPENDING', key, group, from, '+', wanted]);
    const entries = page.map((entry): Identified => {
      const [id, owner, , deliveries] = Array.isArray(entry) ? entry : [];
      const name = Buffer.isBuffer(owner) ? owner : Buffer.alloc(0);
      return { id: String(id), value: Buffer.concat([name, Buffer.from(` × ${deliveries}`)]) };
    });
    yield entries;
    if (entries.length < wanted) return;
    from = afterId(entries.at(-1)?.id ?? '');
  }
}

const framed = (field: Reply): Buffer[] => (Buffer.isBuffer(field) ? [Buffer.from(`${field.length}:`), field] : []);

/** The least id behind this one; empty when there is none. */
function afterId(id: string): string {
  const [ms = '', seq = '0'] = id.split('-');
  if (ms === '') return '';
  const most = 2n ** 64n - 1n;
  if (BigInt(seq) < most) return `${ms}-${BigInt(seq) + 1n}`;
  return BigInt(ms) < most ? `${BigInt(ms) + 1n}-0` : '';
}

/** A list of names and values in turn, as XINFO gives it. */
export function fieldsOf(reply: Reply): Map<string, Reply> {
  const list = Array.isArray(reply) ? reply : [];
  return new Map(
    list.flatMap((name, i) => (i % 2 === 0 ? [[String(name), list[i + 1] ?? null] as [string, Reply]] : [])),
  );
}
