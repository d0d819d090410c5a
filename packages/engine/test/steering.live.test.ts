import fs from 'node:fs';
import { seedMixed, startRedis, startWriter, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

type Moment = { moment: string; options?: object; until: (run: Migration) => Promise<unknown> };
const phaseIs = (run: Migration, phase: string) =>
  waitFor(() => run.of('phase').some((event) => event.phase === phase), { what: `the phase ${phase}` });
const moments: Moment[] = [
  { moment: 'at once', until: () => Promise.resolve() },
  { moment: 'before its full sync', until: (run) => waitFor(() => run.events.length > 0) },
  { moment: 'in the full sync', options: { rateKeys: 300, batch: 20 }, until: (run) => phaseIs(run, 'full_sync') },
  { moment: 'while it catches up', until: (run) => phaseIs(run, 'catching_up') },
  { moment: 'in the incremental sync', until: (run) => phaseIs(run, 'incremental_sync') },
  {
    moment: 'while it is paused',
    until: async (run) => {
      await phaseIs(run, 'incremental_sync');
      await run.ask({ command: 'pause' });
      await waitFor(async () => (await run.status()).state === 'paused');
    },
  },
];

describe('a stop', () => {
  test.each(moments)('$moment ends it, closes its connections, and lets it be resumed', async ({ options, until }) => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 1_500 });
    const run = new Migration({ source, target }, { options: options ?? {} });
    await until(run);
    expect((await run.stop().catch(({ code }: { code: string }) => ({ outcome: code }))).outcome).toMatch(/stopped$/);
    for (const server of [source, target])
      await waitFor(async () => !String(await server.client.client('LIST')).includes('name=ferry:'), {
        what: 'the end of its connections',
      });
    expect(fs.readdirSync(run.dir).filter((name) => /sock|tmp/.test(name))).toEqual([]);
    const next = new Migration({ source, target }, { options: { rateKeys: 0 } }, run.dir);
    await next.caughtUp(source);
    await next.stop();
    await expectEqual(source, target);
  });
});

describe('a running migration', () => {
  test('that is paused writes nothing, keeps receiving, and goes on where it was', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    await run.ask({ command: 'pause' });
    await waitFor(async () => (await run.status()).state === 'paused');
    for (let n = 0; n < 100; n++) await source.client.incr('n');
    const paused = await waitFor(async () => {
      const status = await run.status();
      return (status.lagBytes ?? 0) > 2_000 && (status.lagMs ?? 0) > 300 ? status : null;
    });
    expect(paused.shards[0]?.phase).toBe('paused');
    expect(await target.client.get('n')).toBeNull();
    await run.ask({ command: 'resume' });
    await run.caughtUp(source);
    expect(await target.client.get('n')).toBe('100');
    expect(run.of('ack').map(({ command, ok }) => `${command} ${ok}`)).toEqual(['pause true', 'resume true']);
    await run.stop();
  });

  test('keeps to a rate that is changed while it runs', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 4_000 });
    const run = new Migration({ source, target }, { mode: 'full', options: { rateKeys: 100, batch: 10 } });
    await waitFor(async () => (await run.status()).keysDone > 60);
    const begin = performance.now();
    const before = (await run.status()).keysDone;
    await waitFor(async () => (await run.status()).keysDone > before + 200, { deadlineMs: 30_000 });
    const after = (await run.status()).keysDone;
    expect((after - before) / ((performance.now() - begin) / 1_000)).toBeLessThan(140);
    const changed = performance.now();
    await run.ask({ command: 'rate', rateKeys: 0 });
    await run.end;
    // At the old rate the rest would have taken half a minute and more.
    expect(performance.now() - changed).toBeLessThan(20_000);
    await expectEqual(source, target);
  });

  test('that is stopped in the full sync goes on with what is left', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 3_000, dbs: [0, 1] });
    const options = { rateKeys: 2_000, batch: 100 };
    const first = new Migration({ source, target }, { mode: 'full', options });
    await waitFor(async () => (await first.status()).keysDone > 1_000);
    const { outcome, snapshot } = await first.stop();
    expect([outcome, snapshot.state]).toEqual(['stopped', 'stopped']);
    const second = new Migration({ source, target }, { mode: 'full' }, first.dir);
    const end = await second.end;
    expect(end.snapshot.keysDone).toBe(6_000);
    const restores = Number(/calls=(\d+)/.exec((await target.info('commandstats')).cmdstat_restore ?? '')?.[1]);
    expect(restores).toBeLessThan(6_000 + 2 * 100 + 100);
    await expectEqual(source, target);
    expect((await source.info('stats')).sync_full).toBe('1');
  });

  test('is fenced off when another engine takes it over, and none of its effects comes after', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 200 });
    const writer = await startWriter(source.url, { rate: 2_000 });
    const first = new Migration({ source, target });
    await waitFor(async () => (await first.status()).state === 'incremental_sync');
    const second = new Migration({ source, target });
    await expect(first.end).rejects.toMatchObject({ code: 'engine.fenced' });
    await waitFor(async () => (await second.status()).state === 'incremental_sync', { deadlineMs: 20_000 });
    await writer.stop();
    await second.caughtUp(source);
    await expectEqualSoon(source, target);
    expect((await source.info('stats')).sync_full).toBe('1');
    await second.stop();
  });

  test('of an older epoch of the control plane is refused', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const first = new Migration({ source, target }, { epoch: 5 });
    await first.caughtUp(source);
    await first.stop();
    const second = new Migration({ source, target }, { epoch: 4 });
    await expect(second.end).rejects.toMatchObject({ code: 'engine.fenced' });
  });
});
