import { type RedisServer, waitFor } from '@cacheferry/testkit';
import { statusOf } from './cluster-level.ts';
import { clientFor, type Side } from './expiry-lives.ts';

/** How a key is made, and a command that makes it anew where it is missing. */
const remakes: readonly (readonly [string, string])[] = [
  ['SET k 41', 'INCR k'],
  ['SET k 41', 'DECRBY k 5'],
  ['SET k 1.5', 'INCRBYFLOAT k 0.25'],
  ['SET k one', 'APPEND k two'],
  ['SET k one', 'SETRANGE k 4 two'],
  ['SET k one', 'SETBIT k 100 1'],
  ['SET k one', 'BITFIELD k SET u8 0 7'],
  ['HSET k f 1 g 2', 'HSET k f 3'],
  ['HSET k f 1 g 2', 'HSET k new 3'],
  ['HSET k f 1 g 2', 'HMSET k f 3 h 4'],
  ['HSET k f 1 g 2', 'HSETNX k h 4'],
  ['HSET k f 1 g 2', 'HINCRBY k f 4'],
  ['HSET k f 1 g 2', 'HINCRBYFLOAT k f 0.5'],
  ['RPUSH k a b', 'RPUSH k c'],
  ['RPUSH k a b', 'LPUSH k c d'],
  ['SADD k a b', 'SADD k c'],
  ['SADD k a b', 'SADD k c c'],
  ['ZADD k 1 a 2 b', 'ZADD k 3 c'],
  ['ZADD k 1 a 2 b', 'ZINCRBY k 5 b'],
  ['XADD k 1-1 a b', 'XADD k 2-1 c d'],
  ['PFADD k a b', 'PFADD k c d e'],
  ['GEOADD k 1 1 a', 'GEOADD k 2 2 b'],
  ['SET k 41', 'MULTI|INCR k|APPEND k 0|EXEC'],
  ['SET k 41', 'INCR k|RENAME k k:moved|RENAME k:moved k'],
];

/** What gives it more time. */
const extensions = ['PEXPIREAT k LATER', 'EXPIRE k 3600', 'PERSIST k'];

/** What is made of a key that is missing, or of one that was made anew. */
const derived: readonly (readonly [string, string])[] = [
  ['SADD k a b', 'SUNIONSTORE k:of k k:other'],
  ['ZADD k 1 a 2 b', 'ZUNIONSTORE k:of 2 k k:other'],
  ['ZADD k 1 a 2 b', 'ZRANGESTORE k:of k 0 -1'],
  ['SET k one', 'BITOP NOT k:of k'],
  ['PFADD k a b', 'PFMERGE k:of k'],
  ['RPUSH k 2 1', 'SORT k STORE k:of'],
  ['RPUSH k a b', 'LMOVE k k:of LEFT RIGHT'],
  ['SADD k a b', 'SMOVE k k:of a'],
];

const cases = [
  ...remakes.flatMap(([make, act]) => extensions.map((extension) => ({ make, act, extension }))),
  ...derived.map(([make, act]) => ({ make, act, extension: null })),
];

/** Keys that the target drops just before the source uses them. */
export class Remakes {
  readonly #source: Side;
  readonly #target: Side;
  readonly #names: readonly string[];

  /** `nameOf`: the name of the key of the case with that number. */
  constructor({ source, target }: { source: Side; target: Side }, nameOf = (index: number) => `key:${index}`) {
    this.#source = source;
    this.#target = target;
    this.#names = cases.map((_, index) => nameOf(index));
  }

  /** Makes all keys with an expiry, and waits until the target has just that. */
  async begin(): Promise<void> {
    const expireAt = Date.now() + 600_000;
    await this.#all(({ make }) => `${make}|PEXPIREAT k LATER`, expireAt);
    const times = () => Promise.all(this.#names.map((name) => this.#target.client.call('PEXPIRETIME', name)));
    const isReal = (time: unknown) => Math.abs(Number(time) - expireAt) < 50;
    await waitFor(async () => (await times()).every(isReal), { what: 'the real expiries' });
  }

  /**
   * Has the target of the engine drop all keys, as if their time had come there a little earlier, and the source use them.
   * Returns when the target has done the same.
   */
  async remake(dir: string): Promise<void> {
    await passed(this.#source, dir);
    await Promise.all(this.#names.map((name) => this.#target.client.del(name)));
    await this.#all(({ act }) => act);
    await passed(this.#source, dir);
  }

  async extend(): Promise<void> {
    await this.#all(({ extension }) => extension ?? 'DEL k', Date.now() + 3_600_000);
  }

  /** A stream that never rests is not taken to be late. */
  noise(): () => void {
    const { client } = this.#source;
    const keys = 'nodes' in this.#source ? ['noise{1}', 'noise{2}', 'noise{3}', 'noise{6}'] : ['noise'];
    const timer = setInterval(() => keys.map((key) => void client.set(key, Date.now())), 20);
    return () => clearInterval(timer);
  }

  async #all(textOf: (one: (typeof cases)[number]) => string, later = 0): Promise<void> {
    await Promise.all(cases.map((one, index) => this.#send(textOf(one), this.#names[index] as string, later)));
  }

  async #send(text: string, name: string, later: number): Promise<void> {
    const client = await clientFor(this.#source, name);
    const commands = text
      .split('|')
      .map((line) => line.split(' ').map((word) => word.replace(/^k(?=$|:)/, name).replace('LATER', String(later))));
    await Promise.all(commands.map(([command, ...args]) => client.call(command as string, args)));
  }
}

/** Until the target of an engine contains what the source has written up to now, however much comes behind. */
async function passed(source: Side, dir: string): Promise<void> {
  const servers: RedisServer[] = 'nodes' in source ? (await source.primaries()).map(({ server }) => server) : [source];
  const infos = await Promise.all(servers.map((server) => server.info('replication')));
  const isPassed = async () => {
    const { shards } = await statusOf(dir);
    return servers.every((server, index) =>
      shards.some(
        (shard) =>
          shard.source === `127.0.0.1:${server.port}` &&
          (shard.offset ?? 0) >= Number(infos[index]?.master_repl_offset),
      ),
    );
  };
  await waitFor(isPassed, { everyMs: 5, what: 'the target to get there' });
}
