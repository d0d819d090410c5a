import { type Clock, FerryError, toFerryError } from '@cacheferry/kernel';
import { type Connection, infoCount, openConnection, ReplyError } from '@cacheferry/resp';
import type { Shard } from '@cacheferry/topology';

/** Where each shard's stream stood when its writes were held: everything up to there must be on the target. */
export type FenceResult = { offsets: Record<string, number>; deadlineMs: number };

export type FenceDeps = {
  clock: Clock;
  clientName: string;
  /** Told when the fence could not be kept: the source takes writes again by itself. */
  onLost: (error: FerryError) => void;
};

const deadlineMs = 30_000;
/** So soon a primary that joins, or takes another's place, is held too. */
const renewMs = 2_000;

/** `until`: aborted when the shard's primary is another one. */
type Held = { connection: Connection; until: AbortSignal | undefined };

/**
 * Holds writes at the source by `CLIENT PAUSE … WRITE`, shard by shard, renewed as long as this process lives.
 *
 * The source itself enforces the deadline of 30 s: when this process dies, or loses a shard, writes go on there.
 */
export class SourceFence {
  readonly #shards: () => readonly Shard[];
  readonly #deps: FenceDeps;
  #held = new Map<string, Held>();
  #keeper: NodeJS.Timeout | null = null;

  constructor(shards: () => readonly Shard[], deps: FenceDeps) {
    this.#shards = shards;
    this.#deps = deps;
  }

  get isUp(): boolean {
    return this.#keeper !== null;
  }

  /** Fences every shard or none. Throws `engine.unsupported` for servers before 6.2, `endpoint.*`. */
  async fence(): Promise<FenceResult> {
    try {
      const pairs = await Promise.all(
        this.#shards().map(async (shard) => [shard.id, await this.#hold(shard)] as const),
      );
      this.#keeper ??= setInterval(() => void this.#renew(), renewMs);
      return { offsets: Object.fromEntries(pairs), deadlineMs };
    } catch (error) {
      await this.unfence();
      throw error;
    }
  }

  /** Lets writes go on everywhere; fine when nothing is held. */
  async unfence(): Promise<void> {
    if (this.#keeper) clearInterval(this.#keeper);
    this.#keeper = null;
    const held = [...this.#held.values()];
    this.#held.clear();
    await Promise.all(held.map(({ connection }) => release(connection)));
  }

  async #hold(shard: Shard): Promise<number> {
    const connection = await this.#connectionTo(shard);
    await pause(connection);
    const offset = infoCount(await connection.call('INFO', 'replication'), 'master_repl_offset');
    if (offset !== null) return offset;
    throw new FerryError('engine.unsupported', { command: 'fence', reason: 'the source does not tell its offset' });
  }

  async #connectionTo(shard: Shard): Promise<Connection> {
    const held = this.#held.get(shard.id);
    if (held && !held.connection.failure && held.until?.aborted !== true) return held.connection;
    const { until, ...address } = await shard.locate();
    const connection = await openConnection({ ...address, db: 0, name: this.#deps.clientName, replyTimeoutMs: 5_000 });
    this.#held.set(shard.id, { connection, until });
    // A primary that was replaced is a replica, and lets its clients go at its deadline.
    await held?.connection.close();
    return connection;
  }

  async #renew(): Promise<void> {
    try {
      for (const shard of this.#shards()) await pause(await this.#connectionTo(shard));
    } catch (error) {
      if (!this.isUp) return;
      this.#deps.onLost(toFerryError(error));
    }
  }
}

async function pause(connection: Connection): Promise<void> {
  const [reply] = await connection.pipeline([['CLIENT', 'PAUSE', deadlineMs, 'WRITE']]);
  if (!(reply instanceof ReplyError)) return;
  const error = connection.classify(reply, 'CLIENT PAUSE');
  if (error.code !== 'endpoint.command_failed' && error.code !== 'endpoint.unknown_command') throw error;
  const reason = 'the source is older than 6.2 and cannot hold writes only';
  throw new FerryError('engine.unsupported', { command: 'fence', reason }, error);
}

/** A shard that cannot be reached lets writes go on by itself, at its deadline. */
async function release(connection: Connection): Promise<void> {
  if (!connection.failure) await connection.pipeline([['CLIENT', 'UNPAUSE']]).catch(() => []);
  await connection.close();
}
