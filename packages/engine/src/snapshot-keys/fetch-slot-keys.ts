import { type Connection, type Reply, ReplyError } from '@cacheferry/resp';
import { readPlace, transaction } from './fetch-snapshots.ts';

/** The keys of slots, the place in the server's stream at which it had them, and what it said of its slots (CLUSTER NODES). */
export type SlotKeys = { offset: number; replicationId: string; nodes: string; keys: Buffer[] };

/** Keys that may come while one asks. */
const spare = 1_000;

/** Reads which keys a node of a cluster has in its slots, and where its stream is, in one MULTI. */
export async function fetchSlotKeys(connection: Connection, slots: readonly number[]): Promise<SlotKeys> {
  const counts = await connection.pipeline(slots.map((slot) => ['CLUSTER', 'COUNTKEYSINSLOT', slot]));
  const refused = counts.find((reply) => reply instanceof ReplyError);
  if (refused instanceof ReplyError) throw connection.classify(refused, 'CLUSTER COUNTKEYSINSLOT');
  const limits = counts.map((count) => Number(count) + spare);
  const lists = slots.map((slot, at) => ['CLUSTER', 'GETKEYSINSLOT', slot, limits[at] as number]);
  const replies = await transaction(connection, [['INFO', 'replication'], ['CLUSTER', 'NODES'], ...lists]);
  const found = replies.slice(2) as Reply[][];
  // So many came meanwhile that there may be more of them.
  if (found.some((keys, at) => keys.length >= (limits[at] as number))) return fetchSlotKeys(connection, slots);
  const keys = found.flatMap((list) => (list as Buffer[]).map((key) => Buffer.from(key)));
  return { ...readPlace(replies[0] as Reply, connection.endpoint), nodes: String(replies[1]), keys };
}
