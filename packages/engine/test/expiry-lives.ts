import { type Client, type RedisCluster, type RedisServer, waitFor } from '@cacheferry/testkit';

/** How a key is made, and what the source does to it a moment before it would expire. */
export const lives: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['a longer life', ['SET k 1'], ['PEXPIREAT k LATER']],
  ['a life without end', ['SET k 1'], ['PERSIST k']],
  ['an increment', ['SET k 41'], ['INCR k', 'PERSIST k']],
  ['a further piece', ['SET k one'], ['APPEND k two', 'PEXPIREAT k LATER']],
  ['a new value that keeps its expiry', ['SET k one'], ['SET k two KEEPTTL', 'PEXPIREAT k LATER']],
  ['a new value that asks for the old one', ['SET k one'], ['SET k two XX']],
  ['a bit', ['SET k one'], ['SETBIT k 100 1', 'PERSIST k']],
  ['a field', ['HSET k f 1 g 2'], ['HSET k f 3', 'PERSIST k']],
  ['an element', ['RPUSH k a b'], ['LPUSH k c', 'PEXPIREAT k LATER']],
  ['an element less', ['RPUSH k a b'], ['RPOP k', 'PEXPIREAT k LATER']],
  ['a member', ['SADD k a b'], ['SADD k c', 'PERSIST k']],
  ['a score', ['ZADD k 1 a 2 b'], ['ZINCRBY k 5 b', 'PERSIST k']],
  ['an entry', ['XADD k 1-1 a b'], ['XADD k 2-1 c d', 'PERSIST k']],
  ['a group', ['XADD k 1-1 a b'], ['XGROUP CREATE k g 0', 'PERSIST k']],
  ['a transaction', ['SET k 1'], ['MULTI', 'INCR k', 'SET k:other 2', 'PERSIST k', 'EXEC']],
  ['another name', ['SET k 1'], ['RENAME k k:moved', 'PERSIST k:moved']],
  ['a copy', ['SET k 1'], ['COPY k k:copy', 'PERSIST k:copy']],
  ['a part in a union', ['SADD k a b'], ['SADD k:more c', 'SUNIONSTORE k:union k k:more']],
  ['a chain of copies', ['SET k 1'], ['APPEND k 2', 'COPY k k:x', 'PERSIST k:x', 'COPY k:x k:y', 'APPEND k:y 3']],
  ['a move to another database', ['SET k 1'], ['MOVE k 4']],
  ['its end', ['SET k 1'], ['DEL k', 'INCR k']],
  ['nothing', ['SET k 1'], []],
];

export type Side = RedisServer | RedisCluster;

/** Where all commands about a key may be sent one by one, those of a transaction too. */
export async function clientFor(side: Side, key: string): Promise<Client> {
  if (!('nodes' in side)) return side.client;
  const slot = Number(await side.client.cluster('KEYSLOT', key));
  return (await side.ownerOf(slot)).server.client;
}

/** Which of them are lived, and under which names. */
export class Lives {
  readonly #names: readonly string[];
  readonly #lived: typeof lives;

  /** `nameOf`: the name of the key that lives the life with that number; without `isWhole` it stays in database 0. */
  constructor(nameOf = (index: number) => `key:${index}`, isWhole = true) {
    this.#lived = isWhole ? lives : lives.filter(([, , act]) => !act.some((text) => text.startsWith('MOVE')));
    this.#names = this.#lived.map((_, index) => nameOf(index));
  }

  get names(): readonly string[] {
    return this.#names;
  }

  /** Makes all the keys, to expire at a time. */
  async begin(server: Side, expireAt: number): Promise<void> {
    for (const [index, [, make]] of this.#lived.entries()) {
      await this.send(server, make, index);
      await server.client.pexpireat(this.#names[index] as string, expireAt);
    }
  }

  async change(server: Side): Promise<void> {
    const later = Date.now() + 3_600_000;
    for (const [index, [, , act]] of this.#lived.entries()) await this.send(server, act, index, later);
  }

  async send(server: Side, commands: readonly string[], index: number, later = 0): Promise<void> {
    const client = await clientFor(server, this.#names[index] as string);
    for (const text of commands) {
      const words = text
        .split(' ')
        .map((word) => word.replace(/^k(?=$|:)/, this.#names[index] as string).replace('LATER', String(later)));
      await client.call(words[0] as string, words.slice(1));
    }
  }

  /** Until all expiries on the target are the real ones. */
  async released(target: Side, expireAt: number, toleranceMs = 0): Promise<void> {
    const times = () => Promise.all(this.#names.map((name) => target.client.call('PEXPIRETIME', name)));
    const isReal = (time: unknown) => Math.abs(Number(time) - expireAt) <= toleranceMs;
    await waitFor(async () => (await times()).every(isReal), { what: 'the real expiries' });
  }

  /** Until the source has let go of the last key, which nothing was done to. */
  async gone(source: Side): Promise<void> {
    const last = this.#names.at(-1) as string;
    await waitFor(async () => (await source.client.exists(last)) === 0, { what: 'the expiry' });
  }
}

export const at = (time: number) => waitFor(() => Date.now() >= time, { deadlineMs: 20_000 });

export type Pair = { source: RedisServer; target: RedisServer };
