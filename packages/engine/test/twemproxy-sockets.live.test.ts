import {
  compareDumps,
  dumpAll,
  hasNutcracker,
  seedMixed,
  startCluster,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from './migration.ts';
import { dumpPool, numbered, startPool, startSocketPool } from './pool.ts';
import { preflight, rowOf } from './preflight/preflight.ts';

afterEach(() => stopEverything());

const isOurs = (key: string) => key.startsWith('0 cf:');

describe.skipIf(!hasNutcracker())('a pool whose servers are at unix sockets', () => {
  test.each(['ketama', 'modula'])(
    'is read where the proxy has put the keys, and followed (%s)',
    async (distribution) => {
      const [pool, target] = [await startSocketPool({ distribution }), await startRedis()];
      await pool.proxy.send(
        'main',
        numbered(2_000, (n) => ['SET', `key:${n}`, `v${n}`]),
      );
      const placed = await Promise.all(pool.servers.map(({ client }) => client.dbsize()));
      expect(placed.every((keys) => keys > 0)).toBe(true);
      const report = await preflight(pool.url, target.url);
      expect(rowOf(report, 'source.placement')).toMatchObject({ code: 'right', facts: { strays: 0 } });
      const run = new Migration({ source: pool, target });
      const client = pool.proxy.connect('main');
      for (let n = 0; n < 300; n++) await client.incr(`n{${n % 40}}`);
      const level = async () => compareDumps(await dumpPool(pool), await dumpAll(target.client), { ignore: isOurs });
      await waitFor(async () => (await level()).length === 0, { deadlineMs: 30_000, everyMs: 300 });
      await run.stop();
      expect(run.codes()).not.toContain('twemproxy.stray_key');
    },
  );

  test.each(['ketama', 'modula'])('gets each key where the proxy looks for it (%s)', async (distribution) => {
    const [source, pool] = [await startRedis(), await startSocketPool({ distribution })];
    await seedMixed(source.client, { keys: 1_500 });
    const run = new Migration({ source, target: pool });
    const level = async () => compareDumps(await dumpAll(source.client), await dumpPool(pool));
    await waitFor(async () => (await level()).length === 0, { deadlineMs: 30_000, everyMs: 300 });
    for (let n = 0; n < 500; n++) await source.client.set(`late:${n}`, n);
    await waitFor(async () => (await level()).length === 0, { deadlineMs: 30_000, everyMs: 300 });
    const client = pool.proxy.connect('main');
    const found = await Promise.all(Array.from({ length: 500 }, (_, n) => client.get(`late:${n}`)));
    expect(found).toEqual(Array.from({ length: 500 }, (_, n) => String(n)));
    await run.stop();
  });

  test('is not shared by several machines, which would each reach sockets of their own', async () => {
    const [pool, ports, cluster] = await Promise.all([startSocketPool(), startPool(), startCluster()]);
    const share = { share: { number: 1, of: 2 } };
    for (const [source, target] of [
      [pool, cluster],
      [ports, pool],
    ] as const) {
      const run = new Migration({ source, target }, share, tempDir('share'));
      await expect(run.end).rejects.toMatchObject({ code: 'endpoint.socket_machines' });
    }
  });
});
