import { toFerryError } from '@cacheferry/kernel';
import {
  classifyReply,
  type Command,
  type Connection,
  encodeCommand,
  leafKind,
  RawReplies,
  type Reply,
  ReplyError,
} from '@cacheferry/resp';
import { type ClusterDirectory, keySlot } from '@cacheferry/topology';
import { infoOfAll } from '../info-of-all.ts';
import { answer } from '../own-answer.ts';
import type { SideLink } from '../side-link.ts';
import { ClusterNodes } from './cluster-nodes.ts';
import { firstCommand, type PlaceOf, splitCommands } from './split-commands.ts';

const mostTries = 200;
const mostLeafBytes = 536_870_912;
/** Answered without a key; the first node speaks for all. */
const keyless = new Set(['TIME', 'CLIENT', 'CONFIG', 'UNWATCH', 'FUNCTION']);
const moves = /^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /;

/**
 * A cluster that is read like one server: each command goes to the node that has its key, and follows the key when its
 * slot moves. SCAN goes through the primaries one after the other, with a cursor `node.cursor`.
 *
 * A database other than 0 (Valkey ≥ 9) has connections of its own, so that what goes on side by side does not meet.
 * There is no one offset of a cluster, so INFO replication is empty, and a transaction over several slots is none.
 */
export class ClusterReader implements SideLink {
  readonly endpoint: string;
  readonly #nodes: ClusterNodes;
  /** Replies that are not in use: each holds a buffer that is worth keeping. */
  readonly #spare: RawReplies[] = [];
  #db = 0;

  private constructor(nodes: ClusterNodes, endpoint: string) {
    this.#nodes = nodes;
    this.endpoint = endpoint;
  }

  /** Throws `cluster.*`, `endpoint.*`. */
  static async open(directory: ClusterDirectory, name: string, signal: AbortSignal): Promise<ClusterReader> {
    return new ClusterReader(await ClusterNodes.open({ directory, name, signal }), directory.name);
  }

  /** See `ClusterNodes.layout`. */
  layout(): Promise<string> {
    return this.#nodes.layout();
  }

  close(): Promise<void> {
    return this.#nodes.close();
  }

  classify: SideLink['classify'] = (error, command) =>
    classifyReply(error, { endpoint: this.endpoint, command: command.toUpperCase() });

  async call(...args: Parameters<SideLink['call']>): Promise<Reply> {
    const [reply] = await this.pipeline([args]);
    if (reply instanceof ReplyError) throw this.classify(reply, String(args[0]));
    return reply as Reply;
  }

  async pipeline(commands: readonly Command[]): Promise<Reply[]> {
    if (nameOf(commands[0]) !== 'MULTI') return this.#answers(commands);
    const inner = commands.slice(1, -1);
    const slots = new Set(inner.filter(hasKey).map(slotOf));
    const [slot] = slots;
    if (slots.size === 1 && slot !== undefined && inner.every(hasKey)) return this.#transaction(commands, slot);
    const results = await this.#answers(inner);
    return ['OK', ...inner.map(() => 'QUEUED'), results];
  }

  async send(commands: Buffer, into: RawReplies): Promise<void> {
    const { name, args } = firstCommand(commands);
    if (name === 'SCAN') return this.#scan(args[0] ?? '0', args.slice(1), into);
    // Several keys in one command: the caller asks for each then.
    if (name === 'EXISTS' && args.length > 1) return answer(into, '-CROSSSLOT keys are asked for one by one\r\n');
    const db = this.#db;
    const shares = splitCommands(commands, this.#placeOf);
    const order: [RawReplies, number][] = [];
    const used: RawReplies[] = [];
    await Promise.all(
      [...shares].map(async ([place, share]) => {
        const replies = this.#takeSpare();
        used.push(replies);
        const node = await this.#nodes.at(place, db);
        await node.send(Buffer.concat(share.commands), replies.expect(share.places.length));
        for (const [leaf, at] of share.places.entries())
          order[at] = (await this.#again(replies, leaf, { db, command: share.commands[leaf] as Buffer })) ?? [
            replies,
            leaf,
          ];
      }),
    );
    for (const [replies, leaf] of order) into.append(replies, leaf);
    this.#spare.push(...used);
  }

  readonly #placeOf: PlaceOf = (bytes, start, end) => this.#nodes.placeOf(keySlot(bytes, start, end));

  #takeSpare(): RawReplies {
    return this.#spare.pop() ?? new RawReplies(mostLeafBytes);
  }

  /** The reply of who has the key now, when the first one sends elsewhere; else null. */
  async #again(
    replies: RawReplies,
    leaf: number,
    { db, command }: { db: number; command: Buffer },
  ): Promise<[RawReplies, number] | null> {
    if (replies.kind(leaf) !== leafKind.error || !moves.test(replies.text(leaf).toString('latin1'))) return null;
    let last = new ReplyError(replies.text(leaf).toString('latin1'));
    for (let attempt = 0; attempt < mostTries; attempt++) {
      const led = await this.#nodes.follow(last);
      const [place] = splitCommands(command, (...key) => led?.ask ?? this.#placeOf(...key)).keys();
      const node = await this.#nodes.at(place as string, db);
      if (led?.ask) void node.call('ASKING').catch(() => {});
      const again = new RawReplies(mostLeafBytes);
      await node.send(command, again.expect(1));
      const text = again.kind(0) === leafKind.error ? again.text(0).toString('latin1') : '';
      if (!moves.test(text)) return [again, 0];
      last = new ReplyError(text);
    }
    return null;
  }

  /** Side by side, each in the database that the last SELECT before it names. */
  #answers(commands: readonly Command[]): Promise<Reply[]> {
    return Promise.all(
      commands.map((command) =>
        nameOf(command) === 'SELECT' ? this.#select(command) : this.#answer(command, this.#db),
      ),
    );
  }

  async #select(command: Command): Promise<Reply> {
    this.#db = Number(command[1]);
    try {
      await this.#nodes.all(this.#db);
      return 'OK';
    } catch (error) {
      if (toFerryError(error).code !== 'endpoint.no_such_database') throw error;
      return new ReplyError('ERR DB index is out of range');
    }
  }

  async #answer(command: Command, db: number): Promise<Reply> {
    const name = nameOf(command);
    if (name === 'INFO') return infoOfAll(await this.#nodes.all(), String(command[1]));
    const nodes = keyless.has(name) ? await this.#nodes.all() : [];
    const [first] = nodes;
    if (first) return (await first.pipeline([command]))[0] as Reply;
    return this.#keyed(command, db);
  }

  async #keyed(command: Command, db: number): Promise<Reply> {
    for (let attempt = 0, ask: string | null = null; ; attempt++) {
      const node: Connection = await this.#nodes.at(ask ?? this.#nodes.placeOf(slotOf(command)), db);
      const sent: readonly Command[] = ask ? [['ASKING'], command] : [command];
      const reply: Reply = (await node.pipeline(sent)).at(-1) as Reply;
      if (!(reply instanceof ReplyError) || attempt >= mostTries) return reply;
      const led = await this.#nodes.follow(reply);
      if (!led) return reply;
      ask = led.ask;
    }
  }

  async #transaction(commands: readonly Command[], slot: number): Promise<Reply[]> {
    const db = this.#db;
    for (let attempt = 0; ; attempt++) {
      const replies = await (await this.#nodes.at(this.#nodes.placeOf(slot), db)).pipeline(commands);
      const moved = replies.find((reply) => reply instanceof ReplyError && moves.test(reply.message));
      if (!(moved instanceof ReplyError) || attempt >= mostTries) return replies;
      await this.#nodes.follow(moved);
    }
  }

  async #scan(cursor: string, rest: readonly string[], into: RawReplies): Promise<void> {
    const [index = '0', at = '0'] = cursor.includes('.') ? cursor.split('.') : [];
    const nodes = await this.#nodes.all(this.#db);
    const node = nodes[Number(index)];
    const page = this.#takeSpare().expect(1);
    if (node) await node.send(encodeCommand(['SCAN', at, ...rest]), page);
    if (page.count > 0 && page.kind(0) === leafKind.error) return into.append(page, 0);
    const next = page.count > 0 ? page.text(0).toString('latin1') : '0';
    const isLast = next === '0' && Number(index) + 1 >= nodes.length;
    const head = next !== '0' ? `${index}.${next}` : isLast ? '0' : `${Number(index) + 1}.0`;
    answer(into, `$${head.length}\r\n${head}\r\n`);
    for (let leaf = 1; leaf < page.count; leaf++) into.append(page, leaf);
    this.#spare.push(page);
  }
}

const nameOf = (command: Command | undefined): string => String(command?.[0] ?? '').toUpperCase();
const hasKey = (command: Command): boolean => !['SELECT', 'INFO'].includes(nameOf(command));

function slotOf([, key = '']: Command): number {
  return keySlot(typeof key === 'object' ? key : Buffer.from(String(key)));
}
