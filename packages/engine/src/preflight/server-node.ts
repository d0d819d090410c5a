import { type FerryError, toFerryError } from '@cacheferry/kernel';
import {
  type Argument,
  type Connection,
  type ConnectionOptions,
  endpointName,
  openConnection,
  type Reply,
  ReplyError,
} from '@cacheferry/resp';
import type { Shard } from '@cacheferry/topology';
import { Info } from './info.ts';
import { Prerequisite } from './prerequisite.ts';
import { checkOfStage, stageOf } from './stage.ts';

/** Connecting, and any single answer, end well within the time of a check. */
const limits = { connectTimeoutMs: 4_000, handshakeTimeoutMs: 4_500, replyTimeoutMs: 6_000 };

/** One server of an end. What several checks want to know is asked once. */
export class ServerNode {
  readonly role: 'source' | 'target';
  readonly #shard: Shard;
  readonly #signal: AbortSignal;
  readonly #opened: Connection[] = [];
  readonly #configs = new Map<string, Promise<string | null>>();
  #name: string;
  #address: Promise<ConnectionOptions> | undefined;
  #connection: Promise<Connection> | undefined;
  #info: Promise<Info> | undefined;

  constructor(role: 'source' | 'target', shard: Shard, signal: AbortSignal) {
    this.role = role;
    this.#shard = shard;
    this.#signal = signal;
    this.#name = shard.id;
  }

  /** Host and port as soon as they are known. */
  get name(): string {
    return this.#name;
  }

  address(): Promise<ConnectionOptions> {
    this.#address ??= this.#shard.locate(this.#signal).then((address) => {
      this.#name = endpointName(address);
      return address;
    });
    return this.#address;
  }

  /** The shared connection, or why there is none. */
  async attempt(): Promise<{ connection: Connection } | { error: FerryError }> {
    this.#connection ??= this.open();
    try {
      return { connection: await this.#connection };
    } catch (error) {
      return { error: toFerryError(error) };
    }
  }

  /** The shared connection; without one the check that says why has to pass first. */
  async connection(): Promise<Connection> {
    const attempt = await this.attempt();
    if ('connection' in attempt) return attempt.connection;
    throw new Prerequisite(checkOfStage(this.role, stageOf(attempt.error.code)));
  }

  /** A connection of its own: for probes that change its state. */
  async open(options: Partial<ConnectionOptions> = {}): Promise<Connection> {
    const own = { db: 0, name: 'cacheferry:preflight', signal: this.#signal };
    const connection = await openConnection({ ...(await this.address()), ...limits, ...own, ...options });
    this.#opened.push(connection);
    return connection;
  }

  /** One answer, an error reply being one too. */
  async ask(...command: Argument[]): Promise<Reply> {
    const [reply] = await this.askAll([command]);
    return reply as Reply;
  }

  async askAll(commands: readonly Argument[][]): Promise<Reply[]> {
    return (await this.connection()).pipeline(commands);
  }

  /** INFO with all that it has; a user without the right to it has to get it first. */
  info(): Promise<Info> {
    this.#info ??= this.#readInfo();
    return this.#info;
  }

  /** A setting, or null when the server does not know it or does not tell. */
  config(name: string): Promise<string | null> {
    const known = this.#configs.get(name) ?? this.#readConfig(name);
    this.#configs.set(name, known);
    return known;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#opened.map((connection) => connection.close()));
  }

  async #readInfo(): Promise<Info> {
    const reply = await this.ask('INFO', 'all');
    if (!(reply instanceof ReplyError)) return new Info(String(reply));
    const error = (await this.connection()).classify(reply, 'INFO');
    if (error.code === 'endpoint.no_permission') throw new Prerequisite(`${this.role}.permissions`);
    throw error;
  }

  async #readConfig(name: string): Promise<string | null> {
    const reply = await this.ask('CONFIG', 'GET', name);
    return Array.isArray(reply) && reply.length >= 2 ? String(reply[1]) : null;
  }
}

/** Whether the server refused for want of a right. */
export const isDenied = (reply: Reply): reply is ReplyError => reply instanceof ReplyError && reply.prefix === 'NOPERM';
/** Whether the server does not know the command: too old, or it was renamed. */
export const isUnknownCommand = (reply: Reply): boolean =>
  reply instanceof ReplyError && /^ERR unknown (sub)?command/i.test(reply.message);
