import { type CheckOptionsInput, CheckOptions, type Conflict } from '@cacheferry/contract';
import { silentLogger, systemClock } from '@cacheferry/kernel';
import {
  hasNutcracker,
  type Nutcracker,
  type RedisServer,
  removeDir,
  seedMixed,
  startNutcracker,
  startRedis,
  stopEverything,
  tempDir,
} from '@cacheferry/testkit';
import { poolTopology } from '@cacheferry/topology';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PoolPlace, runCheck, type SidePlace } from '../src/index.ts';

let server: RedisServer;
let servers: RedisServer[];
let proxy: Nutcracker;
const dbs = [0, 3];

beforeAll(async () => {
  [server, ...servers] = (await Promise.all([startRedis(), startRedis(), startRedis(), startRedis()])) as [
    RedisServer,
    ...RedisServer[],
  ];
  const lines = servers.map(({ port }, at) => `127.0.0.1:${port}:${at + 1}`);
  proxy = await startNutcracker(
    Object.fromEntries(dbs.map((db) => [`db${db}`, { redis: true, redis_db: db, timeout: 20_000, servers: lines }])),
  );
});
afterAll(() => stopEverything());
beforeEach(async () => {
  for (const { client } of [server, ...servers]) await client.flushall();
});

async function placeOf(pool: string): Promise<SidePlace> {
  const { shards, placement } = await poolTopology(
    { kind: 'twemproxy', path: proxy.file, pool, password: null },
    'source',
  );
  const addresses = await Promise.all(shards.map((shard) => shard.locate()));
  return new PoolPlace(addresses, placement as NonNullable<typeof placement>);
}

async function check(source: SidePlace, target: SidePlace, change: CheckOptionsInput = {}) {
  const conflicts: Conflict[] = [];
  const workDir = tempDir('check');
  const options = CheckOptions.parse({ intervalMs: 50, ...change });
  const names = { sourceName: 'source', targetName: 'target', checkpointKey: 'cf:ck:none' };
  const { result } = await runCheck(
    { source, target, ...names, rules: null, options, signal: AbortSignal.timeout(80_000) },
    { clock: systemClock, log: silentLogger, workDir, onProgress: () => {}, onConflict: (one) => conflicts.push(one) },
  ).finally(() => removeDir(workDir));
  const brief = conflicts.map(({ db, key, class: name }) => `${db} ${Buffer.from(key, 'base64')} ${name}`).sort();
  return { result, brief };
}

/** The same keys on the server and, each where the proxy puts it, on the pool. */
async function fill(): Promise<void> {
  for (const db of dbs) {
    const client = server.connect({ db });
    await seedMixed(client, { keys: 600, seed: db + 1, ttlShare: 0.1, dbs: [db] });
    const keys = (await client.keysBuffer('*')).filter(({ length }) => length > 0);
    await client.del(Buffer.alloc(0));
    const commands = await Promise.all(
      keys.map(async (key) => {
        const expiry = String(Math.max(0, await client.pexpiretime(key)));
        return ['RESTORE', key, expiry, await client.dumpBuffer(key), 'ABSTTL'];
      }),
    );
    await proxy.send(`db${db}`, commands);
    client.disconnect();
  }
}

describe.skipIf(!hasNutcracker())('a check of a pool', () => {
  test.each(['full', 'length', 'keys'] as const)('sees every key of all its servers, in mode %s', async (mode) => {
    await fill();
    const keys = (await server.client.dbsize()) + (await server.connect({ db: 3 }).dbsize());
    const place = { host: server.host, port: server.port, db: 0 };
    for (const [source, target] of [
      [await placeOf('db0'), place],
      [place, await placeOf('db0')],
      [await placeOf('db0'), await placeOf('db3')],
    ] as const) {
      const { result, brief } = await check(source, target, { mode });
      expect([brief, result.verdict, result.keysCompared]).toEqual([[], 'consistent', keys]);
    }
  });

  test('names what differs on any of them, and passes over strays', async () => {
    await fill();
    for (const { client } of servers) await client.set('stray', '1');
    await server.client.set('stray', '1');
    const client = proxy.connect('db0');
    const place = { host: server.host, port: server.port, db: 0 };
    expect((await check(await placeOf('db0'), place)).result.verdict).toBe('consistent');
    for (let n = 0; n < 6; n++) {
      await client.set(`changed:${n}`, 'a');
      await server.client.set(`changed:${n}`, 'b');
      await client.set(`only:${n}`, 'a');
      await server.client.set(`other:${n}`, 'a');
    }
    const wanted = [0, 1, 2, 3, 4, 5].flatMap((n) => [
      `0 changed:${n} value`,
      `0 only:${n} missing`,
      `0 other:${n} extra`,
    ]);
    const { result, brief } = await check(await placeOf('db0'), place);
    expect([result.verdict, brief]).toEqual(['inconsistent', wanted.sort()]);
    const repaired = await check(await placeOf('db0'), place, { repair: true });
    expect(repaired.brief.filter((line) => !line.endsWith('extra'))).toEqual([]);
  });
});
