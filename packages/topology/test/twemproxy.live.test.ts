import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createRandom,
  hasNutcracker,
  type NutcrackerPool,
  type RedisServer,
  startNutcracker,
  startRedis,
  stopEverything,
  tempDir,
} from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { poolTopology } from '../src/index.ts';

afterAll(() => stopEverything());

const hashes = 'one_at_a_time md5 crc16 crc32 crc32a fnv1_64 fnv1a_64 fnv1_32 fnv1a_32 hsieh murmur jenkins'.split(' ');
const keysPerPool = 2_500;
const openPool = (file: string, pool: string) =>
  poolTopology({ kind: 'twemproxy', path: file, pool, password: null }, 'source');

describe.skipIf(!hasNutcracker())('keys that a real twemproxy places', () => {
  test('are where we look for them: every hash, ketama and modula, weights, names, tags', async () => {
    const servers = await Promise.all(
      Array.from({ length: 5 }, () => startRedis({ args: ['--databases', '64', '--save', ''] })),
    );
    const pools = poolsOn(servers);
    const proxy = await startNutcracker(pools);
    const random = createRandom(7);
    let placed = 0;
    for (const [name, { redis_db }] of Object.entries(pools)) {
      const keys = Array.from({ length: keysPerPool }, (_, number) => randomKey(random, number));
      await proxy.send(
        name,
        keys.map((key) => ['SET', key, '']),
      );
      const { shards, placement } = await openPool(proxy.file, name);
      const found = await keysOn(servers, Number(redis_db));
      const ports = await Promise.all(shards.map(async (shard) => (await shard.locate()).port));
      for (const key of new Set(keys.map((bytes) => bytes.toString('latin1')))) {
        const port = ports[placement?.(Buffer.from(key, 'latin1')) as number];
        if (found.get(key) !== port) expect({ name, key, port }).toEqual({ name, key, port: found.get(key) });
        placed++;
      }
      expect(found.size).toBe(new Set(keys.map((bytes) => bytes.toString('latin1'))).size);
    }
    expect(Object.keys(pools).length).toBe(48);
    expect(placed).toBeGreaterThan(100_000);
  });
});

/** Each hash with both distributions, with and without a tag; order, names, number and weights of servers vary. */
function poolsOn(servers: readonly RedisServer[]): Record<string, NutcrackerPool> {
  const names = ['', ' zeta', ' a', ' node-10', ' node-9'];
  const weights = [
    [1, 1, 1, 1, 1],
    [1, 3, 2, 7, 1],
    [50, 1, 33, 100, 9],
  ];
  const kinds = hashes.flatMap((hash) =>
    ['ketama', 'modula'].flatMap((distribution) =>
      [undefined, '{}'].map((hash_tag) => ({ hash, distribution, hash_tag })),
    ),
  );
  return Object.fromEntries(
    kinds.map((kind, index) => {
      const used = [5, 4, 3, 5, 1][index % 5] as number;
      const isNamed = index % 4 > 1;
      const lines = servers.slice(0, used).map(({ host, port }, at) => {
        const weight = weights[index % 3]?.[at];
        return `${host}:${port}:${weight}${isNamed ? names[at] : ''}`;
      });
      if (index % 2 === 1) lines.reverse();
      return [`pool${index}`, { ...kind, redis: true, redis_db: index, timeout: 5_000, servers: lines }];
    }),
  );
}

/** Lengths from 1 to 40, all bytes, often with a tag that may be empty. */
function randomKey(random: ReturnType<typeof createRandom>, number: number): Buffer {
  const length = 1 + random.below(20);
  const bytes = Buffer.from(Array.from({ length }, () => random.below(256)));
  const id = String(number);
  const forms = [bytes, Buffer.from(`user:${id}`), Buffer.concat([bytes, Buffer.from(`{${id}}`), bytes])];
  if (number % 7 === 0) return Buffer.from(`{}${id}`);
  if (number % 11 === 0) return Buffer.concat([Buffer.from('{'), bytes, Buffer.from(`}${id}`)]);
  return forms[number % 3] as Buffer;
}

async function keysOn(servers: readonly RedisServer[], db: number): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const server of servers) {
    const client = server.connect({ db });
    for (const key of await client.keysBuffer('*')) {
      expect(found.has(key.toString('latin1'))).toBe(false);
      found.set(key.toString('latin1'), server.port);
    }
    client.disconnect();
  }
  return found;
}

describe('the file of a pool', () => {
  const dir = tempDir('pool');
  const write = (text: string) => {
    const file = join(dir, 'nutcracker.yml');
    writeFileSync(file, text);
    return file;
  };

  test('one server under two names is one shard', async () => {
    const file = write('p:\n  redis: true\n  hash: md5\n  servers: ["h:1:1 a", "h:2:1 b", "h:1:1 c"]\n');
    const { shards, placement } = await openPool(file, 'p');
    expect(shards.map(({ id }) => id)).toEqual(['a', 'b']);
    const places = Array.from({ length: 100 }, (_, key) => placement?.(Buffer.from(`k${key}`)));
    expect(new Set(places)).toEqual(new Set([0, 1]));
  });

  test.each([
    ['a pool that is not in it', 'p:\n  servers: ["h:1:1"]\n', 'q', 'twemproxy.unknown_pool'],
    ['memcached', 'p:\n  servers: ["h:1:1"]\n', 'p', 'twemproxy.not_redis'],
    ['more than a megabyte', `# ${'x'.repeat(1_048_576)}\n`, 'p', 'twemproxy.invalid'],
  ])('is refused: %s', async (_, text, pool, code) => {
    await expect(openPool(write(text), pool)).rejects.toMatchObject({ code });
  });

  test('must name a pool where there are several, and be there', async () => {
    const two = write('p:\n  servers: ["h:1:1"]\nq:\n  servers: ["h:1:1"]\n');
    const unnamed = poolTopology({ kind: 'twemproxy', path: two, pool: null, password: null }, 'source');
    await expect(unnamed).rejects.toMatchObject({ code: 'twemproxy.pool_needed' });
    await expect(openPool(join(dir, 'none.yml'), 'p')).rejects.toMatchObject({ code: 'twemproxy.unreadable' });
  });

  test('that puts keys anywhere has no placement as a source, and is no target', async () => {
    const file = write('p:\n  redis: true\n  distribution: random\n  servers: ["h:1:1", "h:2:1"]\n');
    expect((await openPool(file, 'p')).placement).toBeUndefined();
    const target = poolTopology({ kind: 'twemproxy', path: file, pool: 'p', password: null }, 'target');
    await expect(target).rejects.toMatchObject({ code: 'twemproxy.no_placement' });
  });
});
