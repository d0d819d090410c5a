import { FerryError } from '@cacheferry/kernel';
import { ReplyError } from '@cacheferry/resp';
import { slotCount } from '@cacheferry/topology';
import { checkpointKey } from '../write/bookkeeping.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import type { ClusterLink } from './cluster-link.ts';
import { spreadOf } from './cluster-nodes.ts';
import { findEvictedSlots } from './evicted-slots.ts';
import { isBefore, markOf, type NodeMark, readNodeMarks } from './node-marks.ts';
import { slotCheckpointKey, slotField } from './slot-checkpoints.ts';

/** What the nodes of a cluster contain of a shard, as they say themselves when a shipment begins. */
export type ClusterState = {
  /** How many full syncs of the shard have begun. */
  generation: number;
  /** The slots in which the nodes' marks were kept last. */
  markSlots: readonly number[];
  /** Where to go on: the checkpoint, or before it when a node has lost what it had acknowledged. */
  known: Checkpoint | null;
  /** Offsets of the stream that slots contain by their own checkpoints. */
  slots: Float64Array;
  /** Of the stream nothing behind it was ever sent. */
  sentUntil: number;
  /** Slots whose own checkpoint may have been evicted. */
  evicted: Set<number>;
  /** Marks of nodes by slot, when some nodes are behind others; null when none is. */
  nodes: readonly (NodeMark | undefined)[] | null;
};

type Whose = { task: string; shard: string };

/** Fields of the task's checkpoint that only a cluster has. */
export const stateFields = (shard: string) => [`generation:${shard}`, `marks:${shard}`, `spread:${shard}`] as const;

/** Reads how far each node and each slot is. Nobody else may write for the shard any more. Throws `target.lost_history`. */
export async function readClusterState(
  link: ClusterLink,
  known: Checkpoint | null,
  whose: Whose,
): Promise<ClusterState> {
  const { task, shard } = whose;
  const texts = await link.call('HMGET', checkpointKey(task), ...stateFields(shard));
  const [generation = '', marks = '', spread = ''] = (texts as unknown[]).map((text) => String(text ?? ''));
  const none: ClusterState = {
    generation: Number(generation || 0),
    markSlots: [],
    known,
    slots: new Float64Array(slotCount),
    sentUntil: 0,
    evicted: new Set(),
    nodes: null,
  };
  if (!known) return none;
  const markSlots = marks
    .split(',')
    .filter((text) => text !== '')
    .map(Number);
  const found = await readNodeMarks(link, markSlots, whose);
  const sentUntil = Math.max(0, ...found.map((mark) => mark.sentUntil));
  const state: ClusterState = { ...none, known: seen(known), markSlots, sentUntil };
  if (known.phase === 'stream') {
    await readSlots(link, state, whose);
    state.evicted = await findEvictedSlots(link, state.slots);
  }
  const first = found.reduce((least, mark) => (isBefore(mark, least) ? mark : least), markOf(known, state.generation));
  if (!isBefore(first, markOf(known, state.generation))) return state;
  return goBack(link, state, { first, found, isSpreadSame: spread === spreadOf(link.nodes.view) });
}

/** A node is behind: a replica took over that had not yet got everything. */
function goBack(
  link: ClusterLink,
  state: ClusterState,
  { first, found, isSpreadSame }: { first: NodeMark; found: readonly NodeMark[]; isSpreadSame: boolean },
): ClusterState {
  const known = state.known as Checkpoint;
  const isUsable = first.generation === state.generation && (isSpreadSame || first.phase === 'stream');
  if (!isUsable) throw new FerryError('target.lost_history', { endpoint: link.endpoint });
  const back: Checkpoint =
    first.phase === 'stream'
      ? seen({ ...known, at: first.at, db: first.db })
      : { ...known, phase: 'rdb', at: Number.MAX_SAFE_INTEGER, seenAt: first.at };
  if (!isSpreadSame) return { ...state, known: back };
  const nodes = new Array<NodeMark | undefined>(slotCount);
  state.markSlots.forEach((slot, index) => {
    const owner = link.nodes.view.ownerOf(slot);
    for (const [from, to] of owner?.ranges ?? []) nodes.fill(found[index], from, to + 1);
  });
  return { ...state, known: back, nodes };
}

/** In the stream a cluster's checkpoint is only moved to where all answers were seen. */
const seen = (known: Checkpoint): Checkpoint =>
  known.phase === 'stream' ? { ...known, seenAt: known.at, seenDb: known.db } : known;

async function readSlots(link: ClusterLink, { slots, generation }: ClusterState, whose: Whose): Promise<void> {
  const field = slotField(whose.shard, generation);
  const commands = Array.from({ length: slotCount }, (_, slot) => ['HGET', slotCheckpointKey(whose.task, slot), field]);
  const replies = await link.pipeline(commands);
  replies.forEach((reply, slot) => {
    if (reply instanceof ReplyError) throw link.classify(reply, 'HGET');
    if (reply !== null) slots[slot] = Number(String(reply));
  });
}

/**
 * Ends all other connections of the same task and shard to the nodes, so that nothing of theirs is run any more: an
 * engine that was replaced, and what an earlier attempt of this one left on its way.
 */
export async function endOthers(link: ClusterLink): Promise<void> {
  const { prefix } = link;
  const { name } = link.nodes;
  await Promise.all(
    link.nodes.all().map(async (node) => {
      const list = String(await node.call('CLIENT', 'LIST'));
      for (const line of list.split('\n')) {
        const [, id] = /^id=(\d+) /.exec(line) ?? [];
        const [, found = ''] = / name=(\S*)/.exec(line) ?? [];
        if (id === undefined || !found.startsWith(prefix) || found === name) continue;
        const [reply] = await node.pipeline([['CLIENT', 'KILL', 'ID', id]]);
        if (reply instanceof ReplyError && reply.prefix === 'NOPERM') throw node.classify(reply, 'CLIENT KILL');
      }
    }),
  );
}
