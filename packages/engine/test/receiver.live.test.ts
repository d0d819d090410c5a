import {
  type RedisServer,
  compareServers,
  faultProxy,
  removeDir,
  seedMixed,
  startRedis,
  startReplica,
  startWriter,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { addressOf, offsetOf, rebuild, rebuilt, Receiving } from './receiving.ts';

const running: Receiving[] = [];
async function receive(...args: ConstructorParameters<typeof Receiving>): Promise<Receiving> {
  const receiving = new Receiving(...args);
  running.push(receiving);
  return receiving.start();
}
afterEach(async () => {
  for (const receiving of running.splice(0)) {
    await receiving.stop();
    removeDir(receiving.dir);
  }
  await stopEverything();
  for (const dir of rebuilt.splice(0)) removeDir(dir);
});

/** What a server built from the received bytes lacks. A key may end between two looks, so only what stays counts. */
async function differences(source: RedisServer, received: Parameters<typeof rebuild>[0]) {
  const copy = await rebuild(received);
  let lasting = (await compareServers(source.client, copy.client)).differences;
  for (let n = 0; n < 4 && lasting.length > 0; n++) {
    const now = (await compareServers(source.client, copy.client)).differences;
    lasting = lasting.filter(({ key, what }) => now.some((other) => other.key === key && other.what === what));
  }
  return lasting;
}

const disk = ['--repl-diskless-sync', 'no'];
const diskless = ['--repl-diskless-sync', 'yes', '--repl-diskless-sync-delay', '0'];
const inStream = (receiving: Receiving) => receiving.until(() => receiving.position.phase === 'stream');
const fullSyncs = (receiving: Receiving) => receiving.notes.filter((note) => note.kind === 'full_sync');
const secondRdb = (receiving: Receiving) =>
  receiving.until(() => receiving.notes.filter((note) => note.kind === 'rdb_end').length === 2);

describe('receiving a source', () => {
  test.each([
    ['by a file of the source', disk],
    ['straight from its memory', diskless],
  ])('%s gives all its data and every later write', async (_, args) => {
    const source = await startRedis({ args, password: 'a secret: @/' });
    await seedMixed(source.client, { keys: 3_000, seed: 3, dbs: [0, 5] });
    const writer = await startWriter(source.url, { rate: 3_000, seed: 5 });
    const receiving = await receive(addressOf(source));
    await receiving.until(() => receiving.position.phase === 'stream' && receiving.streamBytes.length > 50_000);
    await writer.stop();
    await receiving.reach(await offsetOf(source));
    expect(await differences(source, receiving)).toEqual([]);
    expect(receiving.notes.map((note) => note.kind)).toEqual(['full_sync', 'rdb_end']);
    expect(receiving.errors).toEqual([]);
  });

  test('in pieces of 1 byte and over 20 broken links it misses nothing and repeats nothing', async () => {
    const source = await startRedis({ args: diskless });
    await seedMixed(source.client, { keys: 300, seed: 4 });
    const proxy = await faultProxy({ port: source.port });
    const receiving = await receive({ ...addressOf(source), port: proxy.port });
    await inStream(receiving);
    const writer = await startWriter(source.url, { rate: 2_000, seed: 6 });
    for (let n = 0; n < 20; n++) {
      const before = receiving.position.at;
      proxy.set({ cutDown: 1 + n * 331, chunk: n % 3 === 0 ? 1 : 0 });
      await receiving.until(() => receiving.position.at > before + n * 331);
    }
    await writer.stop();
    await receiving.reach(await offsetOf(source));
    expect(await differences(source, receiving)).toEqual([]);
    expect(receiving.receiver.status()).toMatchObject({ fullSyncs: 1 });
    expect(receiving.errors.length).toBeGreaterThanOrEqual(10);
  });

  test('a link that breaks within the RDB leads to a new one', async () => {
    const source = await startRedis({ args: disk });
    await seedMixed(source.client, { keys: 5_000, seed: 8 });
    const proxy = await faultProxy({ port: source.port });
    proxy.set({ cutDown: 50_000 });
    const receiving = await receive({ ...addressOf(source), port: proxy.port });
    await inStream(receiving);
    expect(fullSyncs(receiving).map((note) => note.reason)).toEqual(['first', 'rdb_incomplete']);
    expect(await differences(source, receiving)).toEqual([]);
  });

  test('mode full ends by itself behind the RDB', async () => {
    const source = await startRedis({ args: diskless });
    await seedMixed(source.client, { keys: 1_000, seed: 9 });
    const receiving = await receive(addressOf(source), { mode: 'full' });
    await receiving.until(() => receiving.isEnded);
    await waitFor(() => receiving.receiver.status().phase === 'done');
    expect(await source.client.client('LIST', 'TYPE', 'REPLICA')).toBe('');
    expect(await differences(source, receiving)).toEqual([]);
  });

  test('a second receiver goes on in the stream, with the spool of the first and without', async () => {
    const source = await startRedis({ args: diskless });
    const first = await receive(addressOf(source));
    await inStream(first);
    await seedMixed(source.client, { keys: 500, seed: 10 });
    await first.reach(await offsetOf(source));
    const from = first.resumePoint;
    await first.stop();
    await seedMixed(source.client, { keys: 500, seed: 11, prefix: 'later:' });
    for (const dir of [first.dir, undefined]) {
      const second = await receive(addressOf(source), { from, ...(dir === undefined ? {} : { dir }) });
      await second.reach(await offsetOf(source));
      expect(second.notes).toEqual([]);
      const both = { rdb: first.rdb, streamBytes: Buffer.concat([first.streamBytes, second.streamBytes]) };
      expect(await differences(source, both)).toEqual([]);
      await second.stop();
    }
  });

  test('a backlog that is overrun leads to a new full sync that says so', async () => {
    const source = await startRedis({ args: [...diskless, '--repl-backlog-size', '16384'] });
    const proxy = await faultProxy({ port: source.port });
    const receiving = await receive({ ...addressOf(source), port: proxy.port });
    await inStream(receiving);
    proxy.set({ mode: 'reset' });
    await seedMixed(source.client, { keys: 2_000, seed: 12 });
    proxy.heal();
    await secondRdb(receiving);
    expect(fullSyncs(receiving).at(-1)).toMatchObject({ reason: 'backlog_overrun' });
    expect(receiving.codes).toContain('source.backlog_overrun');
    expect(await differences(source, receiving)).toEqual([]);
  });

  test('a source that comes back with another history leads to a new full sync', async () => {
    const source = await startRedis({ args: diskless });
    await seedMixed(source.client, { keys: 200, seed: 13 });
    const receiving = await receive(addressOf(source));
    await inStream(receiving);
    await source.restart('SIGKILL');
    await source.client.set('new', 'life');
    await secondRdb(receiving);
    expect(fullSyncs(receiving).at(-1)).toMatchObject({ reason: 'source_changed' });
    expect(receiving.codes).toContain('source.restarted');
  });

  test('a replica that is promoted goes on under its new id', async () => {
    const source = await startRedis({ args: diskless });
    const replica = await startReplica(source, { args: diskless });
    const proxy = await faultProxy({ port: source.port });
    const address = { ...addressOf(source), port: proxy.port };
    const receiving = await receive(address);
    await inStream(receiving);
    await seedMixed(source.client, { keys: 200, seed: 14 });
    await receiving.reach(await offsetOf(source));
    await waitFor(async () => (await offsetOf(replica)) === (await offsetOf(source)));
    await source.kill();
    address.port = replica.port;
    await replica.client.replicaof('NO', 'ONE');
    await replica.client.set('after', 'failover');
    await receiving.reach(await offsetOf(replica));
    expect(receiving.notes.map((note) => note.kind)).toEqual(['full_sync', 'rdb_end', 'replication_id']);
    expect(await differences(replica, receiving)).toEqual([]);
  });

  test('a target that is far behind costs the source nothing, and the spool stays within its bound', async () => {
    const source = await startRedis({ args: diskless });
    const spoolMaxBytes = 24 * 1024 * 1024;
    const receiving = await receive(addressOf(source), { spoolMaxBytes });
    await inStream(receiving);
    receiving.isHeld = true;
    await source.client.config('SET', 'repl-backlog-size', '200mb');
    for (let n = 0; n < 100; n++) await source.client.set('k', Buffer.alloc(512 * 1024, n));
    await waitFor(() => receiving.codes.includes('spool.full'), { deadlineMs: 15_000 });
    expect(await source.client.client('LIST', 'TYPE', 'REPLICA')).toBe('');
    expect(receiving.receiver.status().spoolBytes).toBeLessThan(spoolMaxBytes + 16 * 1024 * 1024);
    receiving.isHeld = false;
    await receiving.reach(await offsetOf(source), 60_000);
    expect(await differences(source, receiving)).toEqual([]);
  });
});
