import {
  createRandom,
  type RedisCluster,
  type RedisServer,
  spawnFerry,
  startCluster,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectSame, HotKeys, levelWith, seed } from './hot-cluster.ts';
import { Migration } from './migration.ts';

afterEach(() => stopEverything());

/** Moves slots of hot keys between all primaries, and takes one move back half way. */
class Moves {
  readonly #cluster: RedisCluster;
  readonly #random = createRandom(3);
  readonly #slots: Promise<number[]>;

  constructor(cluster: RedisCluster) {
    this.#cluster = cluster;
    const tags = [0, 1, 2, 3, 4, 5];
    this.#slots = Promise.all(tags.map(async (tag) => Number(await cluster.client.cluster('KEYSLOT', String(tag)))));
  }

  async go(count: number): Promise<void> {
    const slots = await this.#slots;
    for (let n = 0; n < count; n++)
      await this.#cluster.moveSlot(slots[n % slots.length] as number, this.#random.below(3));
  }

  async cancelled(): Promise<void> {
    const [slot] = (await this.#slots) as [number];
    const { nodes } = this.#cluster;
    const at = nodes.indexOf(await this.#cluster.ownerOf(slot));
    const move = await this.#cluster.beginMove(slot, (at + 1) % nodes.length);
    await move.keys(3);
    await move.cancel();
  }
}

type Target = { start: () => Promise<RedisServer | RedisCluster> };
const oneServer: Target = { start: () => startRedis() };
const fourServers: Target = { start: () => startCluster({ masters: 4 }) };

async function start({ start: startTarget } = oneServer) {
  const [cluster, target] = await Promise.all([startCluster(), startTarget()]);
  await seed(cluster, 500);
  return { cluster, target, hot: new HotKeys(cluster).start(), moves: new Moves(cluster) };
}

describe.each([
  ['one server', oneServer],
  ['a cluster', fourServers],
])('a clustered source whose slots move under hot keys, into %s,', (_, to) => {
  test('is equal in the end: moved while it is copied and followed, there and back, and taken back', async () => {
    const { cluster, target, hot, moves } = await start(to);
    const run = new Migration({ source: cluster, target }, { overrides: ['source.cluster'] });
    await moves.go(60);
    await moves.cancelled();
    await hot.stop();
    await levelWith(run, cluster);
    await expectSame(cluster, target);
    expect(run.codes()).toEqual([]);
    await run.stop();
  });

  test('is equal in the end when its streams are read late, and over a stop', async () => {
    const { cluster, target, hot, moves } = await start(to);
    const run = new Migration({ source: cluster, target }, { options: { rateKeys: 400, batch: 20 } });
    await waitFor(async () => (await run.status()).shards.some(({ phase }) => phase === 'full_sync'));
    await moves.go(20);
    await run.stop();
    await moves.go(10);
    const resumed = new Migration({ source: cluster, target }, {}, run.dir);
    await moves.go(10);
    await hot.stop();
    await levelWith(resumed, cluster);
    await expectSame(cluster, target);
    await resumed.stop();
  });

  test('is equal in the end when the engine is killed again and again meanwhile', async () => {
    const { cluster, target, hot, moves } = await start(to);
    const dir = tempDir('state');
    for (let n = 0; n < 6; n++) {
      const ferry = await spawnFerry(['migrate', '--mode', 'sync', '--state', dir, cluster.url, target.url]);
      const until = performance.now() + 1_000 + n * 250;
      if (n > 0) await moves.go(6);
      await waitFor(() => performance.now() > until);
      expect(ferry.isRunning, ferry.stderr).toBe(true);
      await ferry.stop();
    }
    const run = new Migration({ source: cluster, target }, {}, dir);
    await hot.stop();
    await levelWith(run, cluster);
    await expectSame(cluster, target);
    await run.stop();
  });
});

describe('slots of a clustered source that move', () => {
  test('cannot be followed in mode full, and the run says so', async () => {
    const { cluster, target, hot, moves } = await start();
    const slow = { rateKeys: 120, batch: 10 };
    const run = new Migration({ source: cluster, target }, { mode: 'full', options: slow });
    await waitFor(async () => (await run.status()).shards.some(({ phase }) => phase === 'full_sync'));
    await moves.go(7);
    await hot.stop();
    await expect(run.end).rejects.toMatchObject({ code: 'source.slots_moved' });
  });

  test('cannot be told apart from keys that the target had before, and the run says so', async () => {
    const { cluster, target, hot, moves } = await start();
    await target.client.set('theirs', '1');
    const run = new Migration({ source: cluster, target });
    await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 30_000 });
    await moves.go(7);
    await hot.stop();
    await expect(run.end).rejects.toMatchObject({ code: 'source.slots_moved' });
    expect(await target.client.get('theirs')).toBe('1');
  });
});
