import { classifyReply, type Command, type Reply, ReplyError } from '@cacheferry/resp';
import { keySlot } from '@cacheferry/topology';
import type { ClusterNodes } from './cluster-nodes.ts';
import { redirectOf } from './redirect.ts';
import type { TargetLink } from './target-link.ts';

const tries = 200;
const pauseMs = 25;
const transactional = new Set(['MULTI', 'WATCH']);
/** Asked of every node; what they differ in is put together. */
const everywhere = new Set(['UNWATCH', 'CLIENT', 'FUNCTION', 'SCRIPT', 'DBSIZE']);
const keyless = new Set(['INFO', 'CONFIG', 'TIME', 'PING', 'COMMAND']);

/**
 * A cluster that can be asked like one server: each command goes to the node that has its key (the first argument), and
 * follows it when its slot moves. A pipeline with MULTI or WATCH goes to one node as a whole, by its first key.
 *
 * For reading, claims and other upkeep: what is migrated goes by `GroupSender`.
 */
export class ClusterLink implements TargetLink {
  readonly nodes: ClusterNodes;
  readonly endpoint: string;

  /** How the names of all connections for the same task and shard begin. */
  readonly prefix: string;

  constructor(nodes: ClusterNodes, { endpoint, prefix }: { endpoint: string; prefix: string }) {
    this.nodes = nodes;
    this.endpoint = endpoint;
    this.prefix = prefix;
  }

  get failure(): TargetLink['failure'] {
    return this.nodes.failure;
  }

  classify(error: ReplyError, command: string) {
    return classifyReply(error, { endpoint: this.endpoint, command: command.toUpperCase() });
  }

  async call(...args: Parameters<TargetLink['call']>): Promise<Reply> {
    const [reply] = await this.pipeline([args]);
    if (reply instanceof ReplyError) throw this.classify(reply, String(args[0]));
    return reply as Reply;
  }

  async pipeline(commands: readonly Command[]): Promise<Reply[]> {
    if (commands.some(([name]) => transactional.has(String(name)))) return this.#transaction(commands);
    const replies = new Array<Reply>(commands.length).fill(null);
    const keyed: number[] = [];
    for (let at = 0; at < commands.length; at++) {
      const command = commands[at] as Command;
      const own = await this.#ownAnswer(command);
      if (own === undefined) keyed.push(at);
      else replies[at] = own;
    }
    await this.#sendKeyed(commands, keyed, replies);
    return replies;
  }

  close(): Promise<void> {
    return this.nodes.close();
  }

  /** The answer to a command that no single node can give; undefined for one with a key. */
  async #ownAnswer(command: Command): Promise<Reply | undefined> {
    const name = String(command[0]).toUpperCase();
    if (name === 'SELECT') return Number(command[1]) === 0 ? 'OK' : new ReplyError('ERR DB index is out of range');
    if (name === 'SCAN') return this.#scan(command);
    if (name === 'INFO' && String(command[1]) === 'keyspace') return this.#keyspace(command);
    if (everywhere.has(name)) return (await this.#ask(command)).find((reply) => reply instanceof ReplyError) ?? 'OK';
    if (!keyless.has(name)) return undefined;
    const [first] = this.nodes.all();
    return first ? (await first.pipeline([command]))[0] : undefined;
  }

  #ask(command: Command): Promise<Reply[]> {
    return Promise.all(this.nodes.all().map(async (node) => (await node.pipeline([command]))[0] as Reply));
  }

  async #keyspace(command: Command): Promise<Reply> {
    const replies = await this.#ask(command);
    const refused = replies.find((reply) => reply instanceof ReplyError);
    if (refused) return refused;
    const found = replies.flatMap((reply) => [...String(reply).matchAll(/^db0:keys=(\d+),expires=(\d+)/gm)]);
    const sum = (index: number) => found.reduce((total, match) => total + Number(match[index]), 0);
    return found.length === 0 ? '' : `db0:keys=${sum(1)},expires=${sum(2)}\r\n`;
  }

  /** One node after the other: the cursor is `node.cursor`, and begins and ends with 0. */
  async #scan([name, cursor, ...rest]: Command): Promise<Reply> {
    const [node = '0', at = '0'] = String(cursor).includes('.') ? String(cursor).split('.') : [];
    const connections = this.nodes.all();
    const [reply] = (await connections[Number(node)]?.pipeline([[name as string, at, ...rest]])) ?? [];
    if (!Array.isArray(reply)) return reply ?? ['0', []];
    const next = String(reply[0]);
    if (next !== '0') return [`${node}.${next}`, reply[1] as Reply];
    const isLast = Number(node) + 1 >= connections.length;
    return [isLast ? '0' : `${Number(node) + 1}.0`, reply[1] as Reply];
  }

  async #transaction(commands: readonly Command[]): Promise<Reply[]> {
    const keyed = commands.find(([, key]) => key !== undefined) as Command;
    for (let attempt = 0; ; attempt++) {
      const replies = await this.nodes.of(slotOf(keyed)).pipeline(commands);
      const moved = replies.find((reply) => reply instanceof ReplyError && redirectOf(reply) !== null);
      if (!(moved instanceof ReplyError) || attempt >= tries) return replies;
      if (replies.some((reply) => reply === 'QUEUED')) await this.nodes.of(slotOf(keyed)).pipeline([['UNWATCH']]);
      await this.#follow(moved, attempt);
    }
  }

  async #sendKeyed(commands: readonly Command[], keyed: readonly number[], replies: Reply[]): Promise<void> {
    let due = [...keyed];
    for (let attempt = 0; due.length > 0; attempt++) {
      const byNode = new Map<string, number[]>();
      for (const at of due) {
        const id = this.nodes.ownerOf(slotOf(commands[at] as Command));
        const places = byNode.get(id);
        if (places) places.push(at);
        else byNode.set(id, [at]);
      }
      await Promise.all(
        [...byNode].map(async ([id, places]) => {
          const got = await this.nodes.connectionOf(id).pipeline(places.map((at) => commands[at] as Command));
          for (const [index, at] of places.entries()) replies[at] = got[index] as Reply;
        }),
      );
      due = attempt >= tries ? [] : await this.#redirected(commands, due, { replies, attempt });
    }
  }

  /** Follows what was sent elsewhere for once, and returns what is to be sent again. */
  async #redirected(
    commands: readonly Command[],
    due: readonly number[],
    { replies, attempt }: { replies: Reply[]; attempt: number },
  ): Promise<number[]> {
    const again: number[] = [];
    for (const at of due) {
      const reply = replies[at];
      const redirect = reply instanceof ReplyError ? redirectOf(reply) : null;
      if (!redirect) continue;
      const other = redirect.kind === 'ask' ? await this.nodes.at(redirect.place) : null;
      if (other) [, replies[at] = null] = await other.pipeline([['ASKING'], commands[at] as Command]);
      const second = replies[at];
      if (second instanceof ReplyError && redirectOf(second)) again.push(at);
    }
    const [first] = again;
    if (first !== undefined) await this.#follow(replies[first] as ReplyError, attempt);
    return again;
  }

  async #follow(error: ReplyError, attempt: number): Promise<void> {
    const redirect = redirectOf(error);
    if (redirect?.kind === 'moved') await this.nodes.takeMoved(redirect.slot, redirect.place);
    if (redirect?.kind !== 'moved' || attempt > 2) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function slotOf([, key = '']: Command): number {
  return keySlot(typeof key === 'object' ? key : Buffer.from(String(key)));
}
