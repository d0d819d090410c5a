import type { Snapshot } from '@cacheferry/contract';
import {
  createRandom,
  faultProxy,
  freePort,
  type FerryProcess,
  type RedisServer,
  seedMixed,
  spawnFerry,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { askEngine } from '../src/index.ts';
import { hasLedger, Ledger, seedOf } from './ledger.ts';
import { caughtUp, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

/** A full run takes 50 or more; each test kills or breaks so often. */
const times = Number(process.env.FERRY_KILLS ?? 6);

const engineCaughtUp = (source: RedisServer, dir: string, ferry: FerryProcess) =>
  caughtUp(source, dir, { deadlineMs: 60_000, everyMs: 100, what: `the target to catch up: ${ferry.stderr}` });

describe.skipIf(!hasLedger)('every effect that the source acknowledged is on the target exactly once', () => {
  const timeout = 60_000 + times * 8_000;

  test('when the engine is killed at any moment of copying and following', { timeout }, async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 4_000 });
    const ledger = await Ledger.write(source.url, { rate: 1_500, seed: seedOf(11) });
    const dir = tempDir('state');
    const random = createRandom(seedOf(times + 17));
    const slow = ['--rate-keys', '2500', '--batch', '40'];
    let kills = 0;
    for (; kills < times; kills++) {
      const flags = kills < times / 3 ? slow : [];
      const ferry = await spawnFerry(['migrate', '--mode', 'sync', '--state', dir, ...flags, source.url, target.url]);
      const until = performance.now() + 200 + random.below(1_600);
      await waitFor(() => !ferry.isRunning || performance.now() > until, { deadlineMs: 30_000 });
      expect(ferry.isRunning, ferry.stderr).toBe(true);
      await ferry.stop();
      // A longer death lets keys expire on the target before the source's word on them comes.
      if (kills % 3 === 2) await waitFor(() => performance.now() > until + 1_500);
    }
    const last = await spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
    await waitFor(
      async () => ((await askEngine(dir, { command: 'status' })) as Snapshot).state === 'incremental_sync',
      {
        deadlineMs: 60_000,
      },
    );
    await ledger.until(1_000);
    await ledger.stop();
    await engineCaughtUp(source, dir, last);
    expect(await ledger.audit(target.url)).toBe('');
    await expectEqualSoon(source, target);
    await last.stop();
  });

  test('when links to both ends are cut, silent, slow or corrupted', { timeout }, async () => {
    const [plainA, plainB] = [await freePort(), await freePort()];
    const [source, target] = await Promise.all([
      startRedis({ tls: true, args: ['--port', String(plainA)] }),
      startRedis({ tls: true, args: ['--port', String(plainB)] }),
    ]);
    await seedMixed(source.client, { keys: 1_000 });
    const proxies = [await faultProxy({ port: source.port }), await faultProxy({ port: target.port })] as const;
    const via = ({ port }: { port: number }, { tls }: RedisServer) => ({
      url: `rediss://127.0.0.1:${port}?ca=${tls?.ca}`,
    });
    const ledger = await Ledger.write(`redis://127.0.0.1:${plainA}`, { rate: 800, seed: seedOf(12) });
    const run = new Migration({ source: via(proxies[0], source), target: via(proxies[1], target) });
    const random = createRandom(seedOf(times + 5));
    await waitFor(async () => (await run.status()).keysDone > 0);
    for (let n = 0; n < times; n++) {
      const proxy = random.pick(proxies);
      const after = random.below(6_000);
      const { accepted } = proxy;
      const fault = random.pick(['cutDown', 'cutUp', 'flipDown', 'flipUp', 'blackhole', 'rate'] as const);
      if (fault === 'blackhole') proxy.set({ mode: 'blackhole' });
      else proxy.set({ [fault]: fault === 'rate' ? 20_000 : after });
      const until = performance.now() + 1_000 + random.below(1_500);
      await waitFor(() => performance.now() > until || proxy.accepted > accepted);
      proxy.heal();
      if (fault === 'blackhole') proxy.cut();
    }
    await ledger.until(500);
    await ledger.stop();
    await run.caughtUp(source);
    expect(await ledger.audit(`redis://127.0.0.1:${plainB}`)).toBe('');
    await expectEqualSoon(source, target);
    await run.stop();
  });
});
