import type { Conflict, EngineEvent, StoredConflict } from '@cacheferry/contract';
import {
  type Context,
  createCheck,
  getCheck,
  getMetrics,
  getMigration,
  type Lease,
  listChecks,
  listConflicts,
  listEventsAfter,
  pruneHistory,
  repairCheck,
  stopCheck,
  streamConflicts,
  updateSettings,
} from '@cacheferry/domain';
import type { Clock } from '@cacheferry/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  admin,
  doneEvent,
  launch,
  launched,
  newMigration,
  openWorld,
  operator,
  phaseEvent,
  progressEvent,
  viewer,
  type World,
} from './world.ts';

let now = Date.parse('2026-01-31T12:00:00.000Z');
const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => {} };
let world: World;
beforeAll(async () => {
  world = await openWorld(clock);
});
afterAll(() => world.close());

const at = new Date(now).toISOString();
const base64 = (text: string) => Buffer.from(text).toString('base64');
const options = {
  mode: 'full',
  rounds: 3,
  intervalMs: 0,
  ttlToleranceMs: 0,
  rateKeys: 0,
  maxConflicts: 1000,
  repair: false,
} as const;

function conflictEvent(seq: number, round: number, key: string, more: Partial<Conflict> = {}): EngineEvent {
  const side = { type: 'string', length: 1, pttlAt: null, value: base64('secret value'), valueBytes: 12 };
  const detail = {
    message: 'the values differ',
    differences: [{ at: base64('f'), source: base64('1'), target: null }],
  };
  const conflict = {
    db: 0,
    key: base64(key),
    type: 'string',
    class: 'value',
    detail,
    source: side,
    target: side,
  } as const;
  return { seq, at, type: 'conflict', round, conflict: { ...conflict, ...more } };
}

async function caughtUp(): Promise<string> {
  const { id, lease } = await launched(world);
  await world.runs.recordEvents(lease, [phaseEvent(1, 'full_sync'), phaseEvent(2, 'incremental_sync')]);
  return id;
}

async function running(): Promise<{ id: string; migrationId: string; lease: Lease }> {
  const migrationId = await caughtUp();
  const { id } = await createCheck(world.ctx(), migrationId, options);
  return { id, migrationId, lease: await launch(world, id) };
}

const pageOf = (id: string, query: object = {}, ctx: Context = world.ctx()) =>
  listConflicts(ctx, id, { limit: 100, ...query });

describe('a full check', () => {
  test('runs beside its migration, with events and a job of its own', async () => {
    const { id, migrationId, lease } = await running();
    expect(await getCheck(world.ctx(viewer), id)).toMatchObject({ state: 'running', migrationId, result: null });
    const progress = { state: 'running', phase: 'comparing', round: 1, rounds: 3, keysTotal: 9, keysCompared: 4 };
    const rest = {
      conflicts: { value: 1 },
      keysPerSecond: 1,
      etaSeconds: 1,
      rssBytes: 1,
      startedAt: at,
      updatedAt: at,
    };
    const snapshot: EngineEvent = { seq: 2, at, type: 'progress', ...progress, ...rest };
    await world.runs.recordEvents(lease, [conflictEvent(1, 1, 'a'), snapshot]);
    expect(await getCheck(world.ctx(viewer), id)).toMatchObject({ snapshot: progress, conflicts: { value: 1 } });
    const events = await listEventsAfter(world.ctx(), id, { after: 0 });
    expect(events.map(({ type, id: number }) => [type, number])).toEqual([
      ['state', 1],
      ['conflict', 2],
    ]);
    expect((await getMigration(world.ctx(viewer), migrationId)).state).toBe('incremental_sync');
  });

  test('cannot begin twice at once, nor before there is anything to compare', async () => {
    const { migrationId } = await running();
    await expect(createCheck(world.ctx(), migrationId, options)).rejects.toMatchObject({
      code: 'check.already_running',
    });
    const { id } = await launched(world);
    await expect(createCheck(world.ctx(), id, options)).rejects.toMatchObject({ code: 'check.too_early' });
  });

  test.each([
    ['from a file', { source: { url: 'aof:/data/appendonlydir' } }],
    ['to a file', { target: { url: 'rdb:/data/dump.rdb' } }],
  ])('is refused of a copy %s: there is nobody to ask', async (_, ends) => {
    const { id } = await newMigration(world, { ...ends, mode: 'full' });
    await expect(createCheck(world.ctx(), id, options)).rejects.toMatchObject({ code: 'check.needs_servers' });
  });

  test.each([
    ['consistent', 'consistent', null],
    ['inconsistent', 'inconsistent', null],
    ['partial', 'failed', 'check.partial'],
    ['failed', 'failed', 'check.partial'],
  ] as const)('that ends %s is %s', async (outcome, state, code) => {
    const { id, lease } = await running();
    await world.runs.recordEvents(lease, [doneEvent(1, outcome)]);
    await world.runs.markEnded(lease, { outcome, failure: null, confirmed: true });
    const check = await getCheck(world.ctx(viewer), id);
    expect([check.state, check.problem?.code ?? null]).toEqual([state, code]);
  });

  test('that is stopped keeps what it has found, and is never consistent', async () => {
    const { id, migrationId, lease } = await running();
    await world.runs.recordEvents(lease, [conflictEvent(1, 1, 'a')]);
    expect(await stopCheck(world.ctx(), id)).toMatchObject({ state: 'running' });
    expect(await world.runs.renew(lease, 1000)).toMatchObject({ wanted: 'stopped' });
    await world.runs.recordEvents(lease, [doneEvent(2, 'partial')]);
    await world.runs.markEnded(lease, { outcome: 'partial', failure: null, confirmed: true });
    expect(await getCheck(world.ctx(viewer), id)).toMatchObject({ state: 'stopped', problem: null });
    expect((await pageOf(id)).total).toBe(1);
    await expect(stopCheck(world.ctx(), id)).rejects.toMatchObject({ code: 'check.invalid_transition' });
    const listed = await listChecks(world.ctx(viewer), { limit: 10, migrationId });
    expect(listed.items.map((check) => check.id)).toEqual([id]);
  });

  test('that no worker has taken is stopped at once', async () => {
    const { id } = await createCheck(world.ctx(), await caughtUp(), options);
    expect(await stopCheck(world.ctx(), id)).toMatchObject({ state: 'stopped' });
  });

  test('is repaired by another one; what only the target has is an administrator’s to delete', async () => {
    const migrationId = await caughtUp();
    const repairing = { ...options, repair: true };
    await expect(createCheck(world.ctx(), migrationId, repairing)).rejects.toMatchObject({ code: 'auth.forbidden' });
    const { id } = await createCheck(world.ctx(), migrationId, options);
    const lease = await launch(world, id);
    await expect(repairCheck(world.ctx(), id)).rejects.toMatchObject({ code: 'check.not_ended' });
    const offsets = {};
    const counts = { conflicts: { extra: 2 }, rounds: 3, keysCompared: 5 };
    const ends = { source: 'redis://a', target: 'redis://b', startedAt: at, finishedAt: at, offsets };
    const result = { verdict: 'inconsistent', mode: 'full', ...counts, ...ends } as const;
    await world.runs.recordEvents(lease, [{ seq: 1, at, type: 'done', outcome: 'inconsistent', totals: {}, result }]);
    await world.runs.markEnded(lease, { outcome: 'inconsistent', failure: null, confirmed: true });
    expect(await getCheck(world.ctx(viewer), id)).toMatchObject({ result, conflicts: { extra: 2 } });
    await expect(repairCheck(world.ctx(operator), id)).rejects.toMatchObject({ code: 'auth.forbidden' });
    const repair = await repairCheck(world.ctx(admin), id);
    expect(repair).toMatchObject({ state: 'queued', options: { mode: 'full', repair: true, rounds: 3 } });
  });
});

describe('conflicts', () => {
  test('found again in a later round are one, and what was not found again is gone', async () => {
    const { id, lease } = await running();
    await world.runs.recordEvents(lease, [
      conflictEvent(1, 1, 'a'),
      conflictEvent(2, 1, 'b'),
      conflictEvent(3, 1, 'c'),
    ]);
    expect((await pageOf(id)).total).toBe(3);
    const again = conflictEvent(4, 2, 'b', { class: 'ttl' });
    await world.runs.recordEvents(lease, [again, conflictEvent(5, 2, 'b'), conflictEvent(6, 2, 'b', { type: 'hash' })]);
    await world.runs.recordEvents(lease, [conflictEvent(7, 3, 'b')]);
    const { items, total } = await pageOf(id);
    expect(total).toBe(2);
    await world.runs.markEnded(lease, { outcome: 'inconsistent', failure: null, confirmed: true });
    const lasting = await pageOf(id);
    expect(lasting.items).toMatchObject([{ key: base64('b'), class: 'value', round: 3 }]);
    expect(items.map(({ class: kind }) => kind).sort()).toEqual(['ttl', 'value']);
  });

  test('are paged, filtered and streamed whole; a key is found by its bytes', async () => {
    const { id, lease } = await running();
    const keys = Array.from({ length: 250 }, (_, n) => (n === 77 ? 'cart:\x00\u00ff%' : `key:${n}`));
    const events = keys.map((key, n) =>
      conflictEvent(n + 1, 1, key, { db: n % 3, class: n % 2 ? 'missing' : 'value' }),
    );
    await world.runs.recordEvents(lease, events);
    const seen: StoredConflict[] = [];
    let cursor: string | undefined;
    do {
      const page = await pageOf(id, { limit: 60, ...(cursor ? { cursor } : {}) });
      expect(page.total).toBe(250);
      seen.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen.map(({ key }) => key)).toEqual(keys.map(base64));
    const backwards = await pageOf(id, { limit: 200, sort: '-id' });
    expect(backwards.items[0]?.key).toBe(base64('key:249'));
    expect((await pageOf(id, { class: 'missing', db: 1 })).total).toBe(
      keys.filter((_, n) => n % 2 && n % 3 === 1).length,
    );
    expect((await pageOf(id, { q: 'cart:\\x00' })).items.map(({ key }) => key)).toEqual([base64(keys[77] ?? '')]);
    expect((await pageOf(id, { q: '%' })).total).toBe(1);
    const streamed: string[] = [];
    for await (const { key } of streamConflicts(world.ctx(), id, { class: 'value' })) streamed.push(key);
    expect(streamed).toEqual(keys.filter((_, n) => n % 2 === 0).map(base64));
  });

  test('show values to operators only, and keys as the settings say', async () => {
    const { id, lease } = await running();
    await world.runs.recordEvents(lease, [conflictEvent(1, 1, 'cart:7')]);
    const told = async () =>
      JSON.stringify([
        await pageOf(id, {}, world.ctx(viewer)),
        await listEventsAfter(world.ctx(viewer), id, { after: 0 }),
      ]);
    expect(await told()).toContain(base64('cart:7'));
    expect(await told()).not.toContain(base64('secret value'));
    expect(JSON.stringify(await pageOf(id))).toContain(base64('secret value'));
    await updateSettings(world.ctx(admin), { viewersSeeKeys: false });
    expect(await told()).not.toContain(base64('cart:7'));
    await expect(pageOf(id, { q: 'cart' }, world.ctx(viewer))).rejects.toMatchObject({ code: 'auth.forbidden' });
    await updateSettings(world.ctx(admin), { viewersSeeKeys: true });
  });

  test('of any shape that a machine sends are stored', async () => {
    const { id, lease } = await running();
    const odd = { key: 'no base64 !!', db: 2 ** 40, type: 'nul\0', detail: { message: 'half \ud800' } };
    await world.runs.recordEvents(lease, [conflictEvent(1, 2 ** 40, 'x', odd), conflictEvent(2, 1, 'y')]);
    expect((await pageOf(id)).total).toBe(1);
  });
});

describe('charts', () => {
  test('are thinner the older they are, and never hold more points than asked for', async () => {
    const { id, lease } = await launched(world);
    const begin = Math.floor(now / 1000) - 7200;
    for (let second = 0; second < 7200; second += 400) {
      const events = Array.from({ length: 400 }, (_, n) =>
        progressEvent(
          second + n + 1,
          { keysDone: second + n, keysPerSecond: 10, lagBytes: n },
          new Date((begin + second + n) * 1000).toISOString(),
        ),
      );
      await world.runs.recordEvents(lease, events);
    }
    await pruneHistory(world.system);
    const whole = await getMetrics(world.ctx(viewer), id, { step: 1 });
    expect(whole.step).toBe(2);
    const times = whole.points.map((point) => Date.parse(point.at) / 1000);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    expect(whole.points.every(({ keysPerSecond }) => keysPerSecond === 10)).toBe(true);
    expect(times.filter((time) => time >= now / 1000 - 900)).toHaveLength(450);
    expect(times.filter((time) => time < now / 1000 - 900)).toHaveLength(630);
    const last = { from: new Date(now - 60_000).toISOString(), step: 1 };
    expect((await getMetrics(world.ctx(viewer), id, last)).points).toHaveLength(60);
    const minutes = await getMetrics(world.ctx(viewer), id, { step: 60 });
    expect(minutes.points).toHaveLength(120);
    expect(await world.sql('select 1 from metrics_points where step = 1')).toHaveLength(900);
  });

  test('of a migration that never ran are empty', async () => {
    const { id } = await launched(world);
    expect(await getMetrics(world.ctx(viewer), id, { step: 5 })).toEqual({ step: 5, points: [] });
  });
});

test('old events are deleted after their time, changes of state are not', async () => {
  const { id, lease } = await launched(world);
  await world.runs.recordEvents(lease, [phaseEvent(1, 'full_sync')]);
  now += 91 * 24 * 3600_000;
  await pruneHistory(world.system);
  const events = await listEventsAfter(world.ctx(viewer), id, { after: 0 });
  expect(events.map(({ type }) => type)).toEqual(['state', 'state', 'state']);
});
