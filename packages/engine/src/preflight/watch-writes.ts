import type { Clock } from '@cacheferry/kernel';
import { type Connection, encodeCommand, type Reply, ReplyError } from '@cacheferry/resp';
import { Pushes } from '../recv/scan/pushes.ts';
import type { ServerNode } from './server-node.ts';

const channel = '__redis__:invalidate';

/**
 * How often each of some keys is written while one looks on; by the server's own notes for caches of clients (from 6.0
 * on), for which nothing is set there. Several writes at the same moment count as one.
 *
 * Null where the server does not know that, or does not allow it.
 */
export async function watchWrites(
  node: ServerNode,
  keys: readonly Buffer[],
  { clock, ms, signal }: { clock: Clock; ms: number; signal: AbortSignal },
): Promise<number[] | null> {
  const listener = await node.open({ replyTimeoutMs: 0 });
  const tracker = await node.open();
  try {
    const [id] = await listener.pipeline([['CLIENT', 'ID']]);
    if (typeof id !== 'number' && typeof id !== 'bigint') return null;
    const counts = listen(listener, keys);
    const prefixes = shortest(keys).flatMap((key) => ['PREFIX', key]);
    const begun = await tracker.pipeline([['CLIENT', 'TRACKING', 'ON', 'REDIRECT', String(id), 'BCAST', ...prefixes]]);
    if (begun[0] instanceof ReplyError) return null;
    await clock.sleep(ms, signal);
    return listener.failure === null ? counts : null;
  } finally {
    await Promise.all([listener.close(), tracker.close()]);
  }
}

function listen(connection: Connection, keys: readonly Buffer[]): number[] {
  const places = new Map(keys.map((key, at) => [key.toString('latin1'), at]));
  const counts = keys.map(() => 0);
  const take = (message: Reply) => {
    if (!Array.isArray(message) || String(message[0]) !== 'message' || !Array.isArray(message[2])) return;
    for (const key of message[2]) {
      const at = Buffer.isBuffer(key) ? places.get(key.toString('latin1')) : undefined;
      if (at !== undefined) counts[at] = (counts[at] ?? 0) + 1;
    }
  };
  // A user without the right to it hears nothing.
  connection.send(encodeCommand(['SUBSCRIBE', channel]), new Pushes(take)).catch(() => {});
  return counts;
}

/** The server refuses two prefixes of which one begins with the other. */
function shortest(keys: readonly Buffer[]): Buffer[] {
  const sorted = [...keys].sort(Buffer.compare);
  const kept: Buffer[] = [];
  for (const key of sorted) {
    const last = kept.at(-1);
    if (!last || !key.subarray(0, last.length).equals(last)) kept.push(key);
  }
  return kept;
}
