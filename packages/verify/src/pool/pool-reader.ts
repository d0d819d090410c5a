import {
  classifyReply,
  type Command,
  type Connection,
  encodeCommand,
  leafKind,
  openConnection,
  RawReplies,
  type Reply,
  ReplyError,
} from '@cacheferry/resp';
import type { Placement, ServerAddress } from '@cacheferry/topology';
import { firstCommand, splitCommands } from '../cluster/split-commands.ts';
import { infoOfAll } from '../info-of-all.ts';
import { answer } from '../own-answer.ts';
import type { SideLink } from '../side-link.ts';

const mostLeafBytes = 536_870_912;
/** They change the connection, so every server gets them. */
const everywhere = new Set(['SELECT', 'UNWATCH']);
/** Answered without a key; the first server speaks for all. */
const keyless = new Set(['TIME', 'CLIENT', 'CONFIG']);

/** The servers of a pool, and which of them has a key. */
export class PoolPlace {
  readonly servers: readonly ServerAddress[];
  readonly placement: Placement;

  constructor(servers: readonly ServerAddress[], placement: Placement) {
    this.servers = servers;
    this.placement = placement;
  }
}

/**
 * The servers of a pool that are read like one: each command goes to the server where its key is at home. SCAN goes
 * through the servers one after the other, with a cursor `server.cursor`, and leaves out keys that are not at home.
 *
 * There is no one offset of a pool, so INFO replication is empty, and a transaction over several servers is none.
 */
export class PoolReader implements SideLink {
  readonly endpoint: string;
  readonly #nodes: readonly Connection[];
  readonly #place: Placement;

  private constructor(nodes: readonly Connection[], place: Placement) {
    this.endpoint = nodes.map(({ endpoint }) => endpoint).join(',');
    this.#nodes = nodes;
    this.#place = place;
  }

  /** Throws `endpoint.*`. */
  static async open({ servers, placement }: PoolPlace, name: string, signal: AbortSignal): Promise<PoolReader> {
    const opening = servers.map((server) => openConnection({ ...server, name, replyTimeoutMs: 60_000, signal }));
    const settled = await Promise.allSettled(opening);
    const nodes = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = settled.find((one) => one.status === 'rejected');
    if (!failed) return new PoolReader(nodes, placement);
    await Promise.all(nodes.map((node) => node.close()));
    throw failed.reason;
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()));
  }

  classify: SideLink['classify'] = (error, command) =>
    classifyReply(error, { endpoint: this.endpoint, command: command.toUpperCase() });

  async call(...args: Parameters<SideLink['call']>): Promise<Reply> {
    const [reply] = await this.pipeline([args]);
    if (reply instanceof ReplyError) throw this.classify(reply, String(args[0]));
    return reply as Reply;
  }

  async pipeline(commands: readonly Command[]): Promise<Reply[]> {
    if (nameOf(commands[0]) !== 'MULTI') return this.#spread(commands);
    const inner = commands.slice(1, -1);
    const servers = new Set(inner.filter(hasKey).map((command) => this.#serverOf(command)));
    const [only] = servers;
    const isOne = servers.size === 1 && inner.every((command) => nameOf(command) !== 'INFO');
    if (isOne) return (this.#nodes[only as number] as Connection).pipeline(commands);
    return ['OK', ...inner.map(() => 'QUEUED'), await this.#spread(inner)];
  }

  async send(commands: Buffer, into: RawReplies): Promise<void> {
    const { name, args } = firstCommand(commands);
    if (name === 'SCAN') return this.#scan(args[0] ?? '0', args.slice(1), into);
    // Several keys in one command: the caller asks for each then.
    if (name === 'EXISTS' && args.length > 1) return answer(into, '-CROSSSLOT keys are asked for one by one\r\n');
    const shares = splitCommands(commands, (bytes, start, end) => String(this.#place(bytes, start, end)));
    const order: [RawReplies, number][] = [];
    await Promise.all(
      [...shares].map(async ([server, share]) => {
        const replies = new RawReplies(mostLeafBytes);
        const node = this.#nodes[Number(server)] as Connection;
        await node.send(Buffer.concat(share.commands), replies.expect(share.places.length));
        for (const [leaf, at] of share.places.entries()) order[at] = [replies, leaf];
      }),
    );
    for (const [replies, leaf] of order) into.append(replies, leaf);
  }

  /** Sends each command to its server, and what changes connections to all, in their order. */
  async #spread(commands: readonly Command[]): Promise<Reply[]> {
    const replies = new Array<Reply>(commands.length).fill(null);
    const shares = this.#nodes.map(() => ({ places: [] as number[], commands: [] as Command[] }));
    const infos: Promise<void>[] = [];
    commands.forEach((command, at) => {
      const name = nameOf(command);
      if (name === 'INFO')
        infos.push(infoOfAll(this.#nodes, String(command[1])).then((reply) => void (replies[at] = reply)));
      const own = hasKey(command) ? this.#serverOf(command) : 0;
      for (const [server, share] of shares.entries()) {
        if (name === 'INFO' || (server !== own && !everywhere.has(name))) continue;
        share.places.push(at);
        share.commands.push(command);
      }
    });
    const answered = await Promise.all(
      shares.map(({ commands: own }, server) => (own.length > 0 ? this.#nodes[server]?.pipeline(own) : [])),
    );
    await Promise.all(infos);
    for (const [server, { places }] of shares.entries())
      for (const [index, at] of places.entries()) {
        const reply = answered[server]?.[index] ?? null;
        if (!(replies[at] instanceof ReplyError)) replies[at] = reply;
      }
    return replies;
  }

  #serverOf([, key = '']: Command): number {
    return this.#place(typeof key === 'object' ? key : Buffer.from(String(key)));
  }

  async #scan(cursor: string, rest: readonly string[], into: RawReplies): Promise<void> {
    const [index = '0', at = '0'] = cursor.includes('.') ? cursor.split('.') : [];
    const server = Number(index);
    const page = new RawReplies(mostLeafBytes).expect(1);
    await this.#nodes[server]?.send(encodeCommand(['SCAN', at, ...rest]), page);
    if (page.count > 0 && page.kind(0) === leafKind.error) return into.append(page, 0);
    const next = page.count > 0 ? page.text(0).toString('latin1') : '0';
    const isLast = next === '0' && server + 1 >= this.#nodes.length;
    const head = next !== '0' ? `${server}.${next}` : isLast ? '0' : `${server + 1}.0`;
    answer(into, `$${head.length}\r\n${head}\r\n`);
    for (let leaf = 1; leaf < page.count; leaf++) {
      const start = page.start(leaf);
      if (this.#place(page.bytes, start, start + page.size(leaf)) === server) into.append(page, leaf);
    }
  }
}

const nameOf = (command: Command | undefined): string => String(command?.[0] ?? '').toUpperCase();

function hasKey(command: Command): boolean {
  const name = nameOf(command);
  return name !== 'INFO' && !everywhere.has(name) && !keyless.has(name);
}
