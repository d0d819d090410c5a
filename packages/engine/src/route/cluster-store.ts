import { FerryError } from '@cacheferry/kernel';
import { type Command, encodeCommand, ReplyError } from '@cacheferry/resp';
import { keySlot } from '@cacheferry/topology';
import { checkpointKey, shardField } from '../write/bookkeeping.ts';
import type { KeyId } from '../snapshot-keys/key-id.ts';
import { type Checkpoint, formatCheckpoint } from '../write/checkpoint.ts';
import type { ClusterLink } from './cluster-link.ts';
import { spreadOf } from './cluster-nodes.ts';
import { type ClusterState, stateFields } from './cluster-session.ts';
import type { GroupSender } from './group-sender.ts';
import { chooseMarkSlots, formatNodeMark, markOf } from './node-marks.ts';
import { CheckpointCommands, nodeMarkField, slotCheckpointKey, slotField } from './slot-checkpoints.ts';
import type { SlotDoubts } from './slot-doubts.ts';
import { groupOf, type SlotGroup } from './slot-group.ts';

export type ClusterStoreOptions = {
  link: ClusterLink;
  sender: () => GroupSender;
  task: string;
  shard: string;
  epoch: number;
  /** Fields of the checkpoint hash that stay as they are. */
  fields: readonly string[];
  state: ClusterState;
  doubts: SlotDoubts;
};

/** `sentUntil`: of the stream nothing behind it is sent before the next checkpoint · `doubtful`: keys to be recorded. */
type Beside = { sentUntil: number; doubtful: readonly KeyId[] };

const markTries = 20;
const flushPasses = 5;

/**
 * The checkpoint of a shard in a cluster: a mark on each node, behind everything that the node has run, then one record of
 * what all nodes contain. Slots with guarded commands have their own beside it.
 */
export class ClusterStore {
  readonly #options: ClusterStoreOptions;
  readonly #recordSlot: number;
  #generation: number;
  #markSlots: readonly number[];
  #slotCommands: CheckpointCommands;

  constructor(options: ClusterStoreOptions) {
    this.#options = options;
    this.#recordSlot = keySlot(Buffer.from(checkpointKey(options.task)));
    this.#generation = options.state.generation;
    this.#markSlots = options.state.markSlots;
    this.#slotCommands = this.#newCommands();
  }

  /** Writes the checkpoints of slots. */
  get slotCommands(): CheckpointCommands {
    return this.#slotCommands;
  }

  /** A new full sync: offsets that slots contain of the one before mean nothing any more. */
  begin(): void {
    this.#generation++;
    this.#slotCommands = this.#newCommands();
  }

  /** Writes a checkpoint, behind the keys that are in doubt. Everything that it speaks of is in. Throws `engine.fenced`. */
  async save(checkpoint: Checkpoint, { sentUntil, doubtful }: Beside): Promise<void> {
    const { link, task, epoch, doubts } = this.#options;
    if (doubtful.length > 0) await this.#run(doubts.additions(doubtful), 'SADD');
    await this.#saveMarks(checkpoint, sentUntil);
    const key = checkpointKey(task);
    const [found, written] = await link.pipeline([['HGET', key, 'epoch'], this.record(checkpoint)]);
    for (const reply of [found, written]) if (reply instanceof ReplyError) throw link.classify(reply, 'HMSET');
    if (found === null) throw new FerryError('target.lost_history', { endpoint: link.endpoint });
    if (Number(String(found)) > epoch) throw new FerryError('engine.fenced');
  }

  /** The command that writes the record. */
  record(checkpoint: Checkpoint): Command {
    const { link, task, shard, fields } = this.#options;
    const [generation, marks, spread] = stateFields(shard);
    return [
      'HMSET',
      checkpointKey(task),
      ...fields,
      ...[shardField(shard), formatCheckpoint(checkpoint)],
      ...[generation, String(this.#generation)],
      ...[marks, this.#markSlots.join(',')],
      ...[spread, spreadOf(link.nodes.view)],
    ];
  }

  /**
   * Runs FLUSHALL on every node, each together with what must not go with the data. Nothing may be under way.
   *
   * `checkpoint`: what is contained before it. A crash between two nodes leads back there, and all of it is run again.
   * A key that moves meanwhile, from a node that is not flushed yet to one that is, is met when all are flushed again.
   */
  async flush(command: Command, checkpoint: Checkpoint, sentUntil: number): Promise<void> {
    for (let pass = 0; pass < flushPasses; pass++) {
      const kept = await this.#flushNodes(command, checkpoint, sentUntil);
      if (!(await this.#hasMore(kept))) return;
    }
  }

  /** Returns how many keys each node was left with. */
  async #flushNodes(command: Command, checkpoint: Checkpoint, sentUntil: number): Promise<Map<string, number>> {
    const { link } = this.#options;
    const { nodes } = link;
    const left = new Map<string, number>();
    await nodes.refresh();
    this.#markSlots = chooseMarkSlots(link, this.#markSlots, this.#recordSlot);
    const recordOwner = nodes.ownerOf(this.#recordSlot);
    for (const { id } of nodes.primaries) {
      const own = this.#markSlots.filter((slot) => nodes.ownerOf(slot) === id);
      const kept = [
        ...own.map((slot) => this.#mark(slot, checkpoint, sentUntil)),
        ...(id === recordOwner ? [this.record(checkpoint)] : []),
      ];
      const node = nodes.connectionOf(id);
      const replies = await node.pipeline([['MULTI'], command, ...kept, ['EXEC']]);
      const refused = replies.find((reply) => reply instanceof ReplyError);
      if (refused instanceof ReplyError) throw node.classify(refused, String(command[0]));
      left.set(id, kept.length);
    }
    return left;
  }

  /** Looks both ways, because a key may pass from a node that is looked at later to one that was looked at. */
  async #hasMore(kept: ReadonlyMap<string, number>): Promise<boolean> {
    const ids = [...kept.keys()];
    for (const id of [...ids, ...ids.reverse()]) {
      const size = await this.#options.link.nodes.connectionOf(id).call('DBSIZE');
      if (Number(size) > (kept.get(id) ?? 0)) return true;
    }
    return false;
  }

  /** A node that was emptied would take new marks as if it had what was before them. */
  async #findMarks(): Promise<void> {
    const { link, task, shard } = this.#options;
    const asked = this.#markSlots.map((slot) => ['HEXISTS', slotCheckpointKey(task, slot), nodeMarkField(shard)]);
    for (const reply of await link.pipeline(asked)) {
      if (reply instanceof ReplyError) throw link.classify(reply, 'HEXISTS');
      if (Number(reply) === 0) throw new FerryError('target.lost_history', { endpoint: link.endpoint });
    }
  }

  async #run(groups: readonly SlotGroup[], command: string): Promise<void> {
    const { link, sender } = this.#options;
    const { errors, refused } = await sender().run(groups);
    const failed = refused ?? errors[0];
    if (failed) throw link.classify(failed.error, command);
  }

  async #saveMarks(checkpoint: Checkpoint, sentUntil: number): Promise<void> {
    const { link } = this.#options;
    await this.#findMarks();
    for (let attempt = 0; attempt < markTries; attempt++) {
      const slots = chooseMarkSlots(link, this.#markSlots, this.#recordSlot);
      this.#markSlots = slots;
      const groups = slots.map((slot) => {
        const bytes = encodeCommand(this.#mark(slot, checkpoint, sentUntil));
        return groupOf(slot, [{ bytes, mark: -1, element: -1 }], false);
      });
      await this.#run(groups, 'HSET');
      // A slot that moved meanwhile took its mark along.
      if (chooseMarkSlots(link, slots, this.#recordSlot).join() === slots.join()) return;
    }
    throw new FerryError('endpoint.cluster_down', { endpoint: link.endpoint });
  }

  #mark(slot: number, checkpoint: Checkpoint, sentUntil: number): Command {
    const { task, shard } = this.#options;
    const text = formatNodeMark(markOf(checkpoint, this.#generation, sentUntil));
    return ['HSET', slotCheckpointKey(task, slot), nodeMarkField(shard), text];
  }

  #newCommands(): CheckpointCommands {
    return new CheckpointCommands(this.#options.task, slotField(this.#options.shard, this.#generation));
  }
}
