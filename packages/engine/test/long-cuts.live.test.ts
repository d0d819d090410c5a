import { faultProxy, seedMixed, startRedis, startWriter, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { HurryingClock } from './hurrying-clock.ts';
import { expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

const speed = 200;
const second = 1_000;
const minute = 60_000;

/** As a link of minutes does, the source gives the engine up while it is away. */
const impatient = ['--repl-timeout', '2', '--repl-ping-replica-period', '1'];

const cuts = [
  ['refused', 'reset', second],
  ['silent', 'blackhole', 40 * second],
  ['refused', 'reset', 10 * minute],
  ['silent', 'blackhole', 10 * minute],
] as const;

type Proxy = Awaited<ReturnType<typeof faultProxy>>;

/** Cuts a link for so long by the engine's clock; returns how often it was tried meanwhile. */
async function cutFor(proxy: Proxy, clock: HurryingClock, { mode, ms }: { mode: 'reset' | 'blackhole'; ms: number }) {
  const { accepted } = proxy;
  clock.run(speed);
  const end = clock.monotonic() + ms;
  proxy.set({ mode });
  await waitFor(() => clock.monotonic() >= end, { deadlineMs: 30_000 });
  proxy.heal();
  if (mode === 'blackhole') proxy.cut();
  const tries = proxy.accepted - accepted;
  await waitFor(() => proxy.accepted - accepted > tries, { deadlineMs: 30_000, what: 'another try' });
  clock.run(1);
  return tries;
}

describe('a source whose link is away', () => {
  test.each(cuts)('%s (%s) for %i ms while it is followed is taken up where it was', async (_, mode, ms) => {
    const [source, target] = await Promise.all([
      startRedis({ args: [...impatient, '--repl-backlog-size', '64mb'] }),
      startRedis(),
    ]);
    await seedMixed(source.client, { keys: 300 });
    const proxy = await faultProxy({ port: source.port });
    const clock = new HurryingClock();
    const run = new Migration({ source: proxy, target }, {}, { clock });
    await run.caughtUp(source);
    const writer = await startWriter(source.url, { rate: 500 });
    const cut = cutFor(proxy, clock, { mode, ms });
    if (ms > 10 * second) {
      const isTold = async () => (await run.status()).shards[0]?.phase === 'reconnecting';
      await waitFor(isTold, { deadlineMs: 20_000, what: `the cut to be shown: ${run.codes()}` });
    }
    const tries = await cut;
    // Pauses grow, to half a minute at most.
    if (mode === 'reset' && ms === 10 * minute) expect(tries).toBeGreaterThan(9);
    expect(tries).toBeLessThan(60);
    await writer.stop();
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    expect(Number((await source.info('stats')).sync_full)).toBe(1);
    expect(run.codes().filter((code) => !/^endpoint\.(link_lost|timeout|unreachable)$/.test(code))).toEqual([]);
    expect(run.codes().length).toBeGreaterThan(0);
    await run.stop();
  });

  test('for ten minutes in which more was written than its backlog holds is copied anew', async () => {
    const [source, target] = await Promise.all([
      startRedis({ args: [...impatient, '--repl-backlog-size', '16384'] }),
      startRedis(),
    ]);
    await seedMixed(source.client, { keys: 300 });
    const proxy = await faultProxy({ port: source.port });
    const clock = new HurryingClock();
    const run = new Migration({ source: proxy, target }, {}, { clock });
    await run.caughtUp(source);
    const writer = await startWriter(source.url, { rate: 500 });
    const cut = cutFor(proxy, clock, { mode: 'reset', ms: 10 * minute });
    const gone = (await source.client.keys('*')).slice(0, 50);
    await source.client.del(gone);
    await source.client.set('filler', Buffer.alloc(100_000));
    await cut;
    await waitFor(() => run.codes().includes('source.backlog_overrun'), { deadlineMs: 30_000, what: 'the overrun' });
    await writer.stop();
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    expect(Number((await source.info('stats')).sync_full)).toBe(2);
    await run.stop();
  });

  test.each(cuts)('%s (%s) for %i ms while it is copied is copied whole', async (_, mode, ms) => {
    const [source, target] = await Promise.all([startRedis({ args: impatient }), startRedis()]);
    await seedMixed(source.client, { keys: 4_000 });
    const proxy = await faultProxy({ port: source.port });
    const clock = new HurryingClock();
    const run = new Migration({ source: proxy, target }, {}, { clock });
    const writer = await startWriter(source.url, { rate: 300 });
    await waitFor(async () => (await source.info('stats')).sync_full === '1', { what: 'the first full sync' });
    proxy.set({ rate: 100_000 });
    await waitFor(() => proxy.bytes.down > 30_000, { what: 'a part of the copy' });
    await cutFor(proxy, clock, { mode, ms });
    await writer.stop();
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    await run.stop();
  });
});
