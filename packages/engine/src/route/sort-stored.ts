import { FerryError } from '@cacheferry/kernel';
import { type Command, type Reply, ReplyError } from '@cacheferry/resp';
import type { ClusterLink } from './cluster-link.ts';
import { inOrder, lookedUp, parseSort } from './sort-order.ts';

/** What SORT … STORE stores: its elements; or why that cannot be told. */
export type Stored = { values: Buffer[] } | { problem: string };

const reads: Readonly<Record<string, (key: Buffer) => Command>> = {
  list: (key) => ['LRANGE', key, 0, -1],
  set: (key) => ['SMEMBERS', key],
  zset: (key) => ['ZRANGE', key, 0, -1],
};

/**
 * Works out what SORT with BY or GET stores, from keys that are read off a cluster: its nodes refuse to look for keys
 * that are named by elements. `isOpen`: whether a key is as it was when the command ran.
 */
export async function sortStored(
  link: ClusterLink,
  argv: readonly Buffer[],
  isOpen: (key: Buffer) => boolean,
): Promise<Stored | null> {
  const spec = parseSort(argv);
  const type = String(await link.call('TYPE', spec.key));
  const read = reads[type];
  if (!read) return type === 'none' ? { values: [] } : { problem: `a ${type} cannot be sorted` };
  const elements = (await link.call(...read(spec.key))) as Buffer[];
  const look = async (pattern: Buffer): Promise<(Buffer | null)[] | null> => {
    const places = elements.map((element) => lookedUp(pattern, element));
    if (places.some((place) => place && !isOpen(place.key))) return null;
    const found = places.filter((place) => place !== null);
    const replies = await link.pipeline(
      found.map(({ key, field }): Command => (field ? ['HGET', key, field] : ['GET', key])),
    );
    const values = replies.map((reply) => valueOf(link, reply));
    return places.map((place) => (place ? (values.shift() ?? null) : null));
  };
  const weights = spec.by ? await look(spec.by) : elements.map(() => null);
  if (!weights) return null;
  const weighed = elements.map((element, at) => ({ element, weight: weights[at] ?? null }));
  const sorted = inOrder(weighed, spec, type);
  if (!sorted) return { problem: 'elements of equal weight have no order of their own' };
  if (spec.gets.length === 0) return { values: sorted };
  const columns = new Map<Buffer, Map<string, Buffer>>();
  for (const pattern of spec.gets) {
    if (String(pattern) === '#') continue;
    const values = await look(pattern);
    if (!values) return null;
    columns.set(pattern, new Map(elements.map((one, at) => [one.toString('latin1'), values[at] ?? Buffer.alloc(0)])));
  }
  const columnOf = (pattern: Buffer, element: Buffer): Buffer =>
    columns.get(pattern)?.get(element.toString('latin1')) ?? element;
  return { values: sorted.flatMap((element) => spec.gets.map((pattern) => columnOf(pattern, element))) };
}

/** A key of another type counts as none. */
function valueOf(link: ClusterLink, reply: Reply): Buffer | null {
  if (Buffer.isBuffer(reply)) return reply;
  if (reply instanceof ReplyError && reply.prefix !== 'WRONGTYPE')
    throw link.classify(reply, 'GET') satisfies FerryError;
  return null;
}
