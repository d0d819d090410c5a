import { join } from 'node:path';
import type { Snapshot } from '@cacheferry/contract';
import {
  type Dump,
  dumpAll,
  type Nutcracker,
  type RedisServer,
  startNutcracker,
  startRedis,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';

/** A run that can be asked and that ends. */
type Followed = { status: () => Promise<Snapshot>; end: Promise<unknown> };

export type Pool = { proxy: Nutcracker; servers: RedisServer[]; url: string };

/** Three servers with weights and names behind a twemproxy. */
export async function startPool(settings: Record<string, string | boolean> = {}, password?: string): Promise<Pool> {
  const servers = await Promise.all([1, 2, 3].map(() => startRedis(password === undefined ? {} : { password })));
  const lines = servers.map(({ port }, at) => `127.0.0.1:${port}:${at + 1} server${3 - at}`);
  const auth = password === undefined ? {} : { redis_auth: password };
  const pool = { redis: true, hash_tag: '{}', timeout: 20_000, ...auth, ...settings, servers: lines };
  const proxy = await startNutcracker({ main: pool, other: { ...pool, hash: 'md5' } });
  return { proxy, servers, url: `twemproxy:${proxy.file}?pool=main` };
}

/** Three servers that the proxy, itself at a socket, knows by their sockets only; two of them have no name. */
export async function startSocketPool(settings: Record<string, string> = {}): Promise<Pool> {
  const dir = tempDir('pool');
  const servers = await Promise.all(
    [1, 2, 3].map((n) => startRedis({ args: ['--unixsocket', join(dir, `${n}.sock`)] })),
  );
  const lines = servers.map((_, at) => `${join(dir, `${at + 1}.sock`)}:${at + 1}${at === 1 ? ' named' : ''}`);
  const pool = { redis: true, hash_tag: '{}', timeout: 20_000, ...settings, servers: lines };
  const proxy = await startNutcracker({ main: { ...pool, listen: `${join(dir, 'front.sock')} 0666` } });
  return { proxy, servers, url: `twemproxy:${proxy.file}` };
}

/** What all servers have together. A key that two of them have counts as a failure. */
export async function dumpPool({ servers }: Pool): Promise<Dump> {
  const dumps = await Promise.all(servers.map(({ client }) => dumpAll(client)));
  const all: Dump = new Map();
  for (const [key, value] of dumps.flatMap((dump) => [...dump])) {
    if (key.startsWith('0 cf:')) continue;
    if (all.has(key)) throw new Error(`${key} is on two servers`);
    all.set(key, value);
  }
  return all;
}

/** Waits until the target contains everything that these servers have written up to now. */
export async function levelWith(run: Followed, servers: readonly RedisServer[]): Promise<void> {
  const wanted = await Promise.all(
    servers.map(
      async (server) => [server.port, Number((await server.info('replication')).master_repl_offset)] as const,
    ),
  );
  const isLevel = async () => {
    const { shards } = await run.status();
    return wanted.every(([port, offset]) => {
      const own = shards.filter(({ source }) => source?.endsWith(`:${port}`));
      return (
        own.length > 0 && own.every(({ lagBytes, sourceOffset }) => lagBytes === 0 && (sourceOffset ?? 0) >= offset)
      );
    });
  };
  await Promise.race([waitFor(isLevel, { deadlineMs: 60_000, what: 'the target to catch up' }), run.end]);
}

/** A command for each number from 0 on. */
export const numbered = (count: number, command: (n: number) => string[]): string[][] =>
  Array.from({ length: count }, (_, n) => command(n));
