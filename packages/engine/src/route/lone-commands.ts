import { keyPositions, writtenKeyPositions } from '@cacheferry/commands';
import { FerryError } from '@cacheferry/kernel';
import { type Command, encodeCommand, type Reply, ReplyError } from '@cacheferry/resp';
import { keySlot, slotTag } from '@cacheferry/topology';
import { checkpointKey } from '../write/bookkeeping.ts';
import type { TargetProfile } from '../write/target-profile.ts';
import type { ClusterLink } from './cluster-link.ts';
import { type GroupSender, type ItemError, noOutcome, type Outcome } from './group-sender.ts';
import type { LoneCommand } from './plan-batch.ts';
import { groupOf, type Item } from './slot-group.ts';
import { readsByPattern } from './sort-order.ts';
import { sortStored } from './sort-stored.ts';

const pushAtOnce = 512;

export type LoneCommandsOptions = {
  link: ClusterLink;
  sender: GroupSender;
  profile: TargetProfile;
  task: string;
  floorOf: (slot: number) => number;
};

/**
 * Runs commands that one node cannot run, because their keys lie in several slots: what they did at the source is read
 * off the target, which is just where the source was before them, and written as commands of one slot each.
 *
 * Nothing else may be under way. Each slot's part is guarded, so a crash in between leaves the parts that are missing.
 */
export class LoneCommands {
  readonly #options: LoneCommandsOptions;

  constructor(options: LoneCommandsOptions) {
    this.#options = options;
  }

  run(lone: LoneCommand): Promise<Outcome> {
    switch (lone.handling) {
      case 'copy-key':
        return this.#copyKey(lone);
      case 'move-element':
        return this.#moveElement(lone);
      case 'destination':
        return this.#evaluate(lone);
      case 'all-nodes':
        return this.#everywhere(lone);
      default:
        return Promise.resolve(failed(lone.item, 'no node of the cluster has all of its keys'));
    }
  }

  /** RENAME, COPY: the value goes over first, so that it is never nowhere. */
  async #copyKey({ item, argv }: LoneCommand): Promise<Outcome> {
    const [name, from, to] = argv as [Buffer, Buffer, Buffer];
    const outcome = noOutcome();
    if (this.#isDue(to, item)) {
      if (!this.#isDue(from, item)) return passed(item);
      const [payload, expiry] = await this.#readKey(from);
      if (payload === null) return failed(item, 'no such key');
      const { absolute, at } = expiry;
      const words: Command = ['RESTORE', to, at, payload, 'REPLACE', ...(absolute ? ['ABSTTL'] : [])];
      await this.#commit(to, [words], { item, outcome });
    }
    const isRename = /^rename/i.test(String(name));
    if (isRename && this.#isDue(from, item)) await this.#commit(from, [['DEL', from]], { item, outcome });
    return outcome;
  }

  /** LMOVE, RPOPLPUSH: pushed first, then popped. */
  async #moveElement({ item, argv }: LoneCommand): Promise<Outcome> {
    const [name, from, to] = argv as [Buffer, Buffer, Buffer];
    const hasSides = /lmove$/i.test(String(name));
    const isLeft = (at: number): boolean => hasSides && /^left$/i.test(String(argv[at]));
    const isFromLeft = isLeft(3);
    const isToLeft = hasSides ? isLeft(4) : true;
    const outcome = noOutcome();
    if (this.#isDue(to, item)) {
      if (!this.#isDue(from, item)) return passed(item);
      const element = await this.#options.link.call('LINDEX', from, isFromLeft ? 0 : -1);
      if (!Buffer.isBuffer(element)) return failed(item, 'no such key');
      await this.#commit(to, [[isToLeft ? 'LPUSH' : 'RPUSH', to, element]], { item, outcome });
    }
    if (this.#isDue(from, item)) await this.#commit(from, [[isFromLeft ? 'LPOP' : 'RPOP', from]], { item, outcome });
    return outcome;
  }

  /** *STORE, BITOP, PFMERGE, SORT: run where the destination is, over copies of the other keys that live as long as it runs. */
  async #evaluate({ item, argv }: LoneCommand): Promise<Outcome> {
    const outcome = noOutcome();
    const [written] = writtenKeyPositions(argv);
    const destination = written === undefined ? undefined : argv[written];
    if (!destination) return failed(item, 'its destination cannot be told');
    if (!this.#isDue(destination, item)) return outcome;
    if (isSortOfOthers(argv)) return this.#sort({ item, argv }, destination);
    const slot = keySlot(destination);
    const copies: Command[] = [];
    const names: string[] = [];
    const words: (string | Buffer)[] = [...argv];
    for (const at of keyPositions(argv)) {
      const key = argv[at] as Buffer;
      if (keySlot(key) === slot) continue;
      if (!this.#isDue(key, item)) return passed(item);
      const name = `${checkpointKey(this.#options.task)}:${at}:{${slotTag(slot)}}`;
      const [payload] = await this.#readKey(key);
      words[at] = name;
      if (payload === null) {
        outcome.missing.push(key);
        continue;
      }
      copies.push(['RESTORE', name, 0, payload, 'REPLACE']);
      names.push(name);
    }
    const clean: Command[] = names.length > 0 ? [['DEL', ...names]] : [];
    await this.#commit(destination, [...copies, words, ...clean], { item, outcome });
    return outcome;
  }

  /** SORT by keys that its elements name. */
  async #sort({ item, argv }: Pick<LoneCommand, 'item' | 'argv'>, destination: Buffer): Promise<Outcome> {
    const isOpen = (key: Buffer): boolean => this.#isDue(key, item);
    const stored = isOpen(argv[1] as Buffer) ? await sortStored(this.#options.link, argv, isOpen) : null;
    if (stored === null) return passed(item);
    if ('problem' in stored) return failed(item, stored.problem);
    const outcome = noOutcome();
    const { values } = stored;
    if (values.length === 0) outcome.missing.push(argv[1] as Buffer);
    const pushes: Command[] = [];
    for (let at = 0; at < values.length; at += pushAtOnce)
      pushes.push(['RPUSH', destination, ...values.slice(at, at + pushAtOnce)]);
    await this.#commit(destination, [['DEL', destination], ...pushes], { item, outcome });
    return outcome;
  }

  /** Libraries and scripts belong to no slot: each node has its own. */
  async #everywhere({ item, argv }: LoneCommand): Promise<Outcome> {
    const [container, sub] = argv.map((word) => String(word).toUpperCase());
    const isLoad = container === 'FUNCTION' && sub === 'LOAD';
    const hasReplace = /^replace$/i.test(String(argv[2]));
    const words: Command = isLoad && !hasReplace ? [...argv.slice(0, 2), 'REPLACE', ...argv.slice(2)] : argv;
    const outcome = noOutcome();
    for (const node of this.#options.link.nodes.all()) {
      const [reply] = await node.pipeline([words]);
      if (!(reply instanceof ReplyError)) continue;
      if (node.classify(reply, container ?? '').spec.retry) throw node.classify(reply, container ?? '');
      if (outcome.errors.length === 0 && !/not found/i.test(reply.message)) outcome.errors.push({ item, error: reply });
    }
    return outcome;
  }

  #isDue(key: Buffer, { mark }: Item): boolean {
    return mark > this.#options.floorOf(keySlot(key));
  }

  async #commit(
    key: Buffer,
    commands: readonly Command[],
    { item, outcome }: { item: Item; outcome: Outcome },
  ): Promise<void> {
    const items = commands.map((words) => ({ ...item, bytes: encodeCommand(words) }));
    const done = await this.#options.sender.run([groupOf(keySlot(key), items, true)]);
    outcome.errors.push(...done.errors.map(({ error }): ItemError => ({ item, error })));
    if (done.refused) outcome.refused ??= { item, error: done.refused.error };
  }

  /** The value and the expiry of a key, as RESTORE takes them. */
  async #readKey(key: Buffer): Promise<[payload: Buffer | null, expiry: { absolute: boolean; at: number }]> {
    const { link, profile } = this.#options;
    const absolute = profile.redisVersion >= 70_000;
    const replies = await link.pipeline([
      ['DUMP', key],
      [absolute ? 'PEXPIRETIME' : 'PTTL', key],
    ]);
    const refused = replies.find((reply: Reply) => reply instanceof ReplyError);
    if (refused instanceof ReplyError) throw link.classify(refused, 'DUMP');
    const payload = Buffer.isBuffer(replies[0]) ? replies[0] : null;
    if (payload && payload.length > profile.maxBulkBytes) {
      const { endpoint, maxBulkBytes: limit } = profile;
      throw new FerryError('target.value_too_large', { endpoint, bytes: payload.length, limit });
    }
    return [payload, { absolute, at: Math.max(0, Number(replies[1])) }];
  }
}

/** Whether it is a SORT that no node of a cluster runs, wherever its keys lie. */
const isSortOfOthers = (argv: readonly Buffer[]): boolean => /^sort$/i.test(String(argv[0])) && readsByPattern(argv);

/** A failover took the destination back to before the command, but not a key that it is made from. */
const passed = (item: Item): Outcome => ({
  ...noOutcome(),
  errors: [{ item, error: new ReplyError('ERR the keys that it reads have been changed since'), isSure: true }],
});
const failed = (item: Item, reason: string): Outcome => ({
  ...noOutcome(),
  errors: [{ item, error: new ReplyError(`ERR ${reason}`) }],
});
