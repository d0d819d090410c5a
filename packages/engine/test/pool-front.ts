import { type Client, type FakeServer, fakeServer, type RedisServer } from '@cacheferry/testkit';
import type { Pool } from './pool.ts';

type Reply = Buffer | string | number | null | Error | Reply[];

/**
 * A server before a pool that answers what twemproxy does not know, as transactions and scripts. Where a tag is at home it
 * learns from the proxy itself: it writes a key with that tag through it and looks which server has got it.
 */
export async function startFront(pool: Pool, tags: readonly string[]): Promise<FakeServer> {
  const homes = await findHomes(pool, tags);
  return fakeServer((socket) => {
    const clients = new Map<RedisServer, Client>();
    socket.once('close', () => {
      for (const client of clients.values()) client.disconnect();
    });
    const clientOf = (words: readonly Buffer[]): Client => {
      const server = homes.get(tagOf(words) ?? '') ?? pool.servers[0];
      if (!server) throw new Error('a pool without servers');
      let client = clients.get(server);
      if (!client) {
        client = server.connect({ protocol: 2, retryStrategy: () => null, maxRetriesPerRequest: 0 });
        clients.set(server, client);
      }
      return client;
    };
    const transaction = new Transactions(clientOf);
    let answered = Promise.resolve();
    const answer = (words: readonly Buffer[]) => {
      const reply = transaction.send(words);
      reply.catch(() => {});
      answered = answered.then(async () => {
        const bytes = encode(await reply.catch((error: unknown) => error as Error));
        if (!socket.destroyed) socket.write(bytes);
      });
    };
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      rest = readCommands(Buffer.concat([rest, bytes]), answer);
    });
  });
}

/** Holds a MULTI back until the next command says to which server it goes. */
class Transactions {
  readonly #clientOf: (words: readonly Buffer[]) => Client;
  #begun: ((reply: Promise<Reply>) => void) | null = null;
  #inside: Client | null = null;

  constructor(clientOf: (words: readonly Buffer[]) => Client) {
    this.#clientOf = clientOf;
  }

  send(words: readonly Buffer[]): Promise<Reply> {
    const name = words[0]?.toString().toUpperCase() ?? '';
    if (name === 'MULTI')
      return new Promise((resolve) => {
        this.#begun = resolve;
      });
    const client = this.#inside ?? this.#clientOf(words);
    if (this.#begun) {
      this.#begun(client.callBuffer('MULTI') as Promise<Reply>);
      this.#begun = null;
      this.#inside = client;
    }
    if (name === 'EXEC') this.#inside = null;
    return client.callBuffer(name, words.slice(1)) as Promise<Reply>;
  }
}

async function findHomes({ proxy, servers }: Pool, tags: readonly string[]): Promise<Map<string, RedisServer>> {
  const homes = new Map<string, RedisServer>();
  const client = proxy.connect('main');
  for (const tag of tags) {
    const key = `{${tag}}:home`;
    await client.set(key, '1');
    for (const server of servers) if ((await server.client.del(key)) === 1) homes.set(tag, server);
  }
  return homes;
}

const tagOf = (words: readonly Buffer[]) =>
  words.map((word) => /\{([^}]+)\}/.exec(word.toString('latin1', 0, 100))?.[1]).find((tag) => tag !== undefined);

/** Hands over each whole command and returns the bytes of the last, unfinished one. */
export function readCommands(bytes: Buffer, take: (words: readonly Buffer[]) => void): Buffer {
  let at = 0;
  for (;;) {
    const command = readCommand(bytes, at);
    if (!command) return bytes.subarray(at);
    take(command.words);
    at = command.end;
  }
}

function readCommand(bytes: Buffer, start: number): { words: Buffer[]; end: number } | null {
  const words: Buffer[] = [];
  let at = bytes.indexOf('\r\n', start);
  if (at < 0) return null;
  const count = Number(bytes.toString('latin1', start + 1, at));
  at += 2;
  while (words.length < count) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return null;
    const end = line + 2 + Number(bytes.toString('latin1', at + 1, line));
    if (bytes.length < end + 2) return null;
    words.push(bytes.subarray(line + 2, end));
    at = end + 2;
  }
  return { words, end: at };
}

function encode(reply: Reply): Buffer {
  if (reply === null) return Buffer.from('$-1\r\n');
  if (typeof reply === 'number') return Buffer.from(`:${reply}\r\n`);
  if (reply instanceof Error) return Buffer.from(`-${reply.message}\r\n`);
  if (Array.isArray(reply)) return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(encode)]);
  const whole = Buffer.from(reply);
  return Buffer.concat([Buffer.from(`$${whole.length}\r\n`), whole, Buffer.from('\r\n')]);
}
