import {
  hasServer,
  seedMixed,
  type ServerVersion,
  startCluster,
  startRedis,
  startWriter,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

const noStream = ['user default on nopass ~* &* +@all -psync -sync -replconf'];
const scanOf = ({ url }: { url: string }) => ({ url: url.replace('redis:', 'redis-scan:') });
const startTarget = (into: string) => (into === 'a cluster' ? startCluster() : startRedis());

describe('a source that is read by SCAN', () => {
  test.each(['redis@6.0', 'redis@7.0', 'redis@8.0', 'valkey@8.1', 'valkey@9'] satisfies ServerVersion[])(
    '%s is copied whole: every type, database and expiry',
    async (version) => {
      if (!(await hasServer(version))) return;
      const [source, target] = await Promise.all([startRedis({ version }), startRedis({ version })]);
      await seedMixed(source.client, { keys: 3_000, dbs: [0, 3] });
      await source.client.set('big', Buffer.alloc(3_000_000, 'x'));
      const run = new Migration({ source: scanOf(source), target }, { mode: 'full' });
      expect((await run.end).outcome).toBe('completed');
      await expectEqual(source, target, version === 'redis@6.0' ? { ttlToleranceMs: 1_000 } : {});
    },
  );

  test('expiries of a server that tells times to live only are those of its own clock, and never too early', async () => {
    const [source, target] = await Promise.all([startRedis({ version: 'redis@6.0' }), startRedis()]);
    const at = Date.now() + 3_600_000;
    for (let n = 0; n < 500; n++) {
      const key = `key:${n}`;
      await (n % 2 ? source.client.set(key, 'x'.repeat(n)) : source.client.rpush(key, n));
      await source.client.pexpireat(key, at + n);
    }
    const run = new Migration({ source: scanOf(source), target }, { mode: 'full' });
    await run.end;
    for (let n = 0; n < 500; n++) {
      const late = Number(await target.client.call('PEXPIRETIME', `key:${n}`)) - at - n;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(5_000);
    }
  });

  test.each([
    ['without the right to read strings together', { acl: ['user default on nopass ~* &* +@all -psync -mget'] }, 1],
    ['with few strings among other types', {}, 40],
  ])('%s is copied whole', async (_, options, listsPerString) => {
    const [source, target] = await Promise.all([startRedis(options), startRedis()]);
    for (let n = 0; n < 500; n++) {
      const pipe = source.client.pipeline().set(`string:${n}`, n % 3 === 0 ? '' : `${n}`.repeat(n));
      for (let list = 0; list < listsPerString; list++) pipe.rpush(`list:${n}:${list}`, n, list);
      if (n % 5 === 0) pipe.pexpire(`string:${n}`, 3_600_000);
      await pipe.exec();
    }
    const run = new Migration({ source: scanOf(source), target }, { mode: 'full' });
    expect((await run.end).outcome).toBe('completed');
    await expectEqual(source, target);
  });

  test('needs no right to PSYNC, and copies while it is written to and rehashes', async () => {
    const [source, target] = await Promise.all([startRedis({ acl: noStream }), startRedis()]);
    await seedMixed(source.client, { keys: 2_000 });
    const [kept] = await source.client.keys('*');
    const client = source.connect();
    let n = 0;
    const timer = setInterval(() => {
      for (let left = 200; left > 0; left--) void client.set(`grown:${n++}`, n);
    }, 5);
    const run = new Migration({ source: scanOf(source), target }, { mode: 'full', options: { batch: 50 } });
    await run.end.finally(() => clearInterval(timer));
    expect(await target.client.exists(kept ?? '')).toBe(1);
    expect(await target.client.dbsize()).toBeGreaterThanOrEqual(2_000);
  });

  test('an expiry that is set while there were none is not lost', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const load = source.client.pipeline();
    for (let n = 0; n < 20_000; n++) load.set(`k:${n}`, 'x'.repeat(300));
    await load.exec();
    const run = new Migration(
      { source: scanOf(source), target },
      { mode: 'full', options: { rateKeys: 2_000, batch: 200 } },
    );
    await waitFor(async () => (await target.client.dbsize()) > 500);
    const later = source.client.pipeline();
    for (let n = 0; n < 20_000; n++) later.pexpire(`k:${n}`, 600_000);
    await later.exec();
    await run.ask({ command: 'rate', rateKeys: 0 });
    await run.end;
    const info = await target.info('keyspace');
    expect(Number(/expires=(\d+)/.exec(info.db0 ?? '')?.[1])).toBeGreaterThan(0);
  });

  test.each(['one server', 'a cluster'])(
    'that tells what changes is followed into %s until both are equal',
    async (into) => {
      const args = ['--notify-keyspace-events', 'KA'];
      const [source, target] = await Promise.all([startRedis({ acl: noStream, args }), startTarget(into)]);
      await seedMixed(source.client, { keys: 500 });
      const run = new Migration({ source: scanOf(source), target });
      await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 30_000 });
      const writer = await startWriter(source.url, { rate: 1_000 });
      await waitFor(() => writer.counts.acked > 3_000, { deadlineMs: 30_000 });
      await writer.stop();
      await source.client.del('gone');
      await expectEqualSoon(source, target);
      await run.stop();
      const [gone = ''] = await source.client.keys('*');
      await source.client.del(gone);
      await source.client.set('while stopped', '1');
      const resumed = new Migration({ source: scanOf(source), target }, {}, run.dir);
      await waitFor(() => target.client.exists('while stopped'), { deadlineMs: 30_000 });
      await expectEqualSoon(source, target);
      await resumed.stop();
    },
  );

  test.each(['one server', 'a cluster'])(
    'that does not tell is read again into %s, and what vanished is removed',
    async (into) => {
      const [source, target] = await Promise.all([startRedis({ acl: noStream }), startTarget(into)]);
      await seedMixed(source.client, { keys: 300 });
      const run = new Migration({ source: scanOf(source), target });
      await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 30_000 });
      await source.client.set('new', '1');
      const [gone = ''] = await source.client.keys('*');
      await source.client.del(gone);
      await waitFor(async () => !(await target.client.exists(gone)), { deadlineMs: 40_000 });
      await expectEqualSoon(source, target);
      await run.stop();
    },
  );
});
