import fs from 'node:fs';
import path from 'node:path';
import type { EngineEvent } from '@cacheferry/contract';
import {
  canShiftClock,
  ClockShift,
  type RedisServer,
  seedMixed,
  spawnFerry,
  startRedis,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { statusOf } from './cluster-level.ts';
import { caughtUp, expectEqualSoon } from './migration.ts';

afterEach(() => stopEverything());

const minute = 60_000;
const hour = 60 * minute;
const jumps = [hour, -hour, 5 * minute, -5 * minute, 0];

/** Keys that expire between a few minutes and a day from now, beyond `leastMs`. */
async function seedExpiring({ client }: RedisServer, leastMs: number): Promise<void> {
  const now = Date.now();
  for (let n = 0; n < 200; n++) await client.set(`expiring:${n}`, n, 'PXAT', now + leastMs + n * 7 * minute);
}

/** Renews half of them. */
async function renew({ client }: RedisServer, leastMs: number): Promise<void> {
  const now = Date.now();
  for (let n = 0; n < 200; n += 2) await client.pexpireat(`expiring:${n}`, now + leastMs + n * 8 * minute, 'GT');
}

/** The clock of a server shows so much more than that of this machine. */
async function expectAhead({ client }: RedisServer, ms: number): Promise<void> {
  const [seconds] = await client.time();
  expect(Math.abs(Number(seconds) * 1_000 - Date.now() - ms)).toBeLessThan(minute);
}

const eventsOf = (dir: string): EngineEvent[] =>
  fs
    .readFileSync(path.join(dir, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EngineEvent);

/** How far the clock of the engine has been ahead of ours, as its events tell. */
const mostAhead = (dir: string): number => Math.max(...eventsOf(dir).map(({ at }) => Date.parse(at) - Date.now()));

describe.skipIf(!canShiftClock())('a wall clock that jumps by five minutes and by an hour', { timeout: 90_000 }, () => {
  test.each(['the engine', 'the source', 'the target'] as const)(
    'at %s: nothing is lost or doubled, expiries stay where they are, events stay in order',
    async (where) => {
      const clock = new ClockShift();
      const ofServer = (name: string) => startRedis(where === name ? { env: clock.env } : {});
      const [source, target] = await Promise.all([ofServer('the source'), ofServer('the target')]);
      // What is to expire while a server believes that it is later is gone there: that is no fault of a migration.
      const leastMs = where === 'the engine' ? 5 * minute : 2 * hour;
      await seedExpiring(source, leastMs);
      if (where === 'the engine') await seedMixed(source.client, { keys: 300 });
      const dir = tempDir('state');
      const env = where === 'the engine' ? clock.env : {};
      const ferry = await spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url], { env });
      await caughtUp(source, dir, { deadlineMs: 30_000, what: ferry.stderr });
      // Expiries of a few seconds are only told where all go by the same time.
      const writer = where === 'the engine' ? await startWriter(source.url, { rate: 500 }) : null;
      for (const [n, ms] of jumps.entries()) {
        clock.set(ms);
        await expectAhead(where === 'the source' ? source : target, where === 'the engine' ? 0 : ms);
        await source.client.multi().incr('n').rpush('l', n).exec();
        await renew(source, leastMs);
        await caughtUp(source, dir, { deadlineMs: 30_000, what: `level at ${ms}: ${ferry.stderr}` });
        expect((await statusOf(dir)).state).toBe('incremental_sync');
        if (where === 'the engine' && ms === hour)
          await waitFor(() => mostAhead(dir) > hour / 2, { deadlineMs: 20_000 });
        await new Promise((resolve) => setTimeout(resolve, 700));
      }
      await writer?.stop();
      await caughtUp(source, dir, { deadlineMs: 30_000, what: ferry.stderr });
      await expectEqualSoon(source, target);
      expect(await target.client.get('n')).toBe(String(jumps.length));
      expect(await source.client.exists(...Array.from({ length: 200 }, (_, n) => `expiring:${n}`))).toBe(200);
      expect(Number((await source.info('stats')).sync_full)).toBe(1);
      ferry.signal('SIGTERM');
      expect((await ferry.ended()).code).toBe(130);
      const events = eventsOf(dir);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      // A source goes by its wall clock to tell that a replica was silent for too long.
      const mayBreak = where === 'the source' ? ['endpoint.link_lost'] : [];
      const codes = events.flatMap((event) => (event.type === 'error' ? [event.code] : []));
      expect(codes.filter((code) => !mayBreak.includes(code))).toEqual([]);
      expect(mostAhead(dir) > hour / 2).toBe(where === 'the engine');
    },
  );
});
