import {
  createRandom,
  hasServer,
  type RedisCluster,
  type RedisServer,
  type ServerVersion,
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

/** Moves slots of hot keys between all primaries, and takes one move back half way where a server has steps. */
class Moves {
  readonly #cluster: RedisCluster;
  readonly #isAtOnce: boolean;
  readonly #random = createRandom(3);
  readonly #slots: Promise<number[]>;

  constructor(cluster: RedisCluster, isAtOnce: boolean) {
    this.#cluster = cluster;
    this.#isAtOnce = isAtOnce;
    const tags = [0, 1, 2, 3, 4, 5];
    this.#slots = Promise.all(tags.map(async (tag) => Number(await cluster.client.cluster('KEYSLOT', String(tag)))));
  }

  async go(count: number): Promise<void> {
    const slots = await this.#slots;
    for (let n = 0; n < count; n++) {
      const to = this.#random.below(3);
      const slot = slots[n % slots.length] as number;
      await (this.#isAtOnce ? this.#cluster.moveSlotAtOnce(slot, to) : this.#cluster.moveSlot(slot, to));
    }
  }

  async cancelled(): Promise<void> {
    if (this.#isAtOnce) return;
    const [slot] = (await this.#slots) as [number];
    const { nodes } = this.#cluster;
    const at = nodes.indexOf(await this.#cluster.ownerOf(slot));
    const move = await this.#cluster.beginMove(slot, (at + 1) % nodes.length);
    await move.keys(3);
    await move.cancel();
  }
}

type Source = { version: ServerVersion; isAtOnce: boolean };
const stepwise: Source = { version: 'redis@7.0', isAtOnce: false };
const atOnce: Source = { version: 'valkey@9', isAtOnce: true };
type Target = { start: () => Promise<RedisServer | RedisCluster> };
const oneNewServer: Target = { start: () => startRedis({ version: 'valkey@9' }) };
const oneServer: Target = { start: () => startRedis() };
const fourServers: Target = { start: () => startCluster({ masters: 4 }) };

async function start({ start: startTarget } = oneServer, { version, isAtOnce } = stepwise) {
  const [cluster, target] = await Promise.all([startCluster({ version }), startTarget()]);
  await seed(cluster, 500);
  return { cluster, target, hot: new HotKeys(cluster).start(), moves: new Moves(cluster, isAtOnce) };
}

const moving: { how: string; where: string; from: Source; to: Target }[] = [
  { how: 'step by step', where: 'one server', from: stepwise, to: oneServer },
  { how: 'step by step', where: 'a cluster', from: stepwise, to: fourServers },
];
if (await hasServer('valkey@9')) moving.push({ how: 'at once', where: 'one server', from: atOnce, to: oneNewServer });

describe.each(moving)('a clustered source whose slots move $how under hot keys, into $where,', ({ from, to }) => {
  test('is equal in the end: moved while it is copied and followed, there and back, and taken back', async () => {
    const { cluster, target, hot, moves } = await start(to, from);
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
    const { cluster, target, hot, moves } = await start(to, from);
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
    const { cluster, target, hot, moves } = await start(to, from);
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
