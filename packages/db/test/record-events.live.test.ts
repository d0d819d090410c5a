import type { EngineEvent } from '@cacheferry/contract';
import {
  getMigration,
  getStateHistory,
  listEventsAfter,
  listLogs,
  startMigration,
  stopMigration,
} from '@cacheferry/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  doneEvent,
  launch,
  launched,
  logEvent,
  newMigration,
  openWorld,
  phaseEvent,
  progressEvent,
  viewer,
  type World,
} from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const eventsOf = (id: string) => listEventsAfter(world.ctx(viewer), id, { after: 0 });
const range = (from: number, to: number): EngineEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => logEvent(from + index));

describe('recording events', () => {
  test('gives numbers that rise by one without a gap, over all that happens to a migration', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [
      ...range(1, 5),
      phaseEvent(6, 'full_sync'),
      progressEvent(7),
      ...range(8, 10),
    ]);
    const events = await eventsOf(id);
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter(({ seq }) => seq !== null).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10]);
    expect(events.filter(({ type }) => type === 'state').map(({ to }) => to)).toEqual([
      'queued',
      'starting',
      'full_sync',
    ]);
  });

  test('stores each of them once, however many record the same lines at the same time', async () => {
    const { id, lease } = await launched(world);
    const batches = Array.from({ length: 12 }, (_, index) => range(1 + index * 3, 40 + index * 3));
    const answers = await Promise.all(batches.map((batch) => world.runs.recordEvents(lease, batch)));
    expect(Math.max(...answers.map(({ lastSeq }) => lastSeq))).toBe(73);
    const events = await eventsOf(id);
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    const seqs = events.flatMap(({ seq }) => seq ?? []);
    expect(new Set(seqs).size).toBe(seqs.length);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  });

  test('that is cut off in the middle leaves nothing behind, and can be done again', async () => {
    const { id, lease } = await launched(world);
    const before = await eventsOf(id);
    const heal = await cutWhenInserting('events');
    await expect(world.runs.recordEvents(lease, range(1, 50))).rejects.toMatchObject({
      code: 'control.db_unavailable',
    });
    await heal();
    expect(await eventsOf(id)).toEqual(before);
    const run = await world.runs.recordEvents(lease, range(1, 50));
    expect(run.lastSeq).toBe(50);
    const events = await eventsOf(id);
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    expect(events).toHaveLength(before.length + 50);
  });

  test('names how many lines were gone on the machine', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [logEvent(1), logEvent(9)]);
    expect((await eventsOf(id)).at(-1)).toMatchObject({ type: 'log', level: 'warn', count: 7, seq: null });
  });

  test('takes whatever text a machine sends', async () => {
    const { id, lease } = await launched(world);
    const odd = { ...logEvent(1, 'nul \0 half \ud800 end'), deep: JSON.parse('['.repeat(500) + ']'.repeat(500)) };
    await world.runs.recordEvents(lease, [odd, { ...logEvent(2), at: '0000-01-01T00:00:00Z' }]);
    const events = (await eventsOf(id)).slice(-2);
    expect(events[0]).toMatchObject({ msg: 'nul \\x00 half \ufffd end' });
    expect(events[1]).toMatchObject({ at: '1970-01-01T00:00:00.000Z' });
  });

  test('is refused to a worker whose lease another one has taken', async () => {
    const { lease } = await launched(world);
    await world.sql(`update leases set until = now() - interval '1 s' where id = $1`, [lease.id]);
    const taken = await world.runs.claim(lease.id, 'worker-2', 60_000);
    expect(taken?.lease.epoch).toBe(lease.epoch + 1);
    await expect(world.runs.recordEvents(lease, range(1, 2))).rejects.toMatchObject({ code: 'run.lease_lost' });
    await expect(world.runs.renew(lease, 1000)).rejects.toMatchObject({ code: 'run.lease_lost' });
    expect((await world.runs.recordEvents(taken?.lease ?? lease, range(1, 2))).lastSeq).toBe(2);
  });

  test('keeps progress as the newest snapshot and follows the state that it tells', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [progressEvent(1, { keysDone: 3 }), progressEvent(2, { keysDone: 8 })]);
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ state: 'full_sync', snapshot: { keysDone: 8 } });
    await world.runs.recordEvents(lease, [progressEvent(3, { state: 'incremental_sync' })]);
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ state: 'incremental_sync' });
  });

  test('of done moves no state: the machine confirms first', async () => {
    const { id, lease } = await launched(world);
    const events = [phaseEvent(1, 'full_sync'), progressEvent(2, { state: 'completed' }), doneEvent(3, 'completed')];
    const run = await world.runs.recordEvents(lease, events);
    expect(run.outcome).toBe('completed');
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ state: 'full_sync' });
    await world.runs.markEnded(lease, { outcome: 'completed', failure: null, confirmed: true });
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ state: 'completed', problem: null });
  });
});

describe('a second start', () => {
  test('goes on after the numbers that its state directory has reached', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, range(1, 7));
    await stopMigration(world.ctx(), id);
    await world.runs.markEnded(lease, { outcome: 'stopped', failure: null, confirmed: true });
    await startMigration(world.ctx(), id, {});
    const again = await launch(world, id);
    const run = await world.runs.recordEvents(again, range(5, 9));
    expect(run).toMatchObject({ lastSeq: 9, launches: 2, stateDir: `/state/${id}` });
    const lines = (await eventsOf(id)).filter(({ type }) => type === 'log').map(({ msg }) => msg);
    expect(lines).toEqual(range(1, 9).map((event) => (event as { msg: string }).msg));
    const history = await getStateHistory(world.ctx(viewer), id);
    const states = history.map(({ to }) => to);
    expect(states).toEqual(['queued', 'starting', 'stopping', 'stopped', 'queued', 'starting']);
  });
});

describe('the log', () => {
  test('pages forwards and backwards without a line twice or left out', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, range(1, 95));
    const all = await eventsOf(id);
    for (const direction of ['after', 'before'] as const) {
      const seen: (number | null)[] = [];
      let at: number | undefined = direction === 'after' ? 0 : undefined;
      for (;;) {
        const query = at === undefined ? { limit: 20 } : { limit: 20, [direction]: at };
        const page = await listLogs(world.ctx(viewer), id, query);
        expect(page).toMatchObject({ total: all.length, lastId: all.length });
        const ids = page.items.map((event) => event.id);
        if (direction === 'after') seen.push(...ids);
        else seen.unshift(...ids);
        if (page.nextCursor === null) break;
        at = Number(page.nextCursor);
      }
      expect(seen).toEqual(all.map((event) => event.id));
    }
  });

  test('finds words, types and levels; signs of the search language are letters', async () => {
    const { id, lease } = await launched(world);
    const warn: EngineEvent = { ...logEvent(2, 'progress is 50% of_all'), level: 'warn' } as EngineEvent;
    await world.runs.recordEvents(lease, [logEvent(1, 'fifty of all'), warn, phaseEvent(3, 'full_sync')]);
    const find = async (query: object) =>
      (await listLogs(world.ctx(viewer), id, { limit: 50, ...query })).items.map(({ seq }) => seq);
    expect(await find({ q: '50% OF_' })).toEqual([2]);
    expect(await find({ q: '%' })).toEqual([2]);
    expect(await find({ level: 'warn' })).toEqual([2]);
    expect(await find({ type: 'phase' })).toEqual([3]);
    expect(await find({ q: 'fifty', type: 'phase' })).toEqual([]);
  });
});

test('a migration that does not run cannot be recorded into', async () => {
  const { id } = await newMigration(world);
  const lease = { id, owner: 'worker-1', epoch: 1 };
  await expect(world.runs.recordEvents(lease, range(1, 1))).rejects.toMatchObject({ code: 'run.lease_lost' });
});

/** Ends every connection that writes into a table, in the middle of its transaction, until it is healed. */
async function cutWhenInserting(table: string): Promise<() => Promise<unknown>> {
  await world.sql(`create or replace function cut() returns trigger language plpgsql as $$
    begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`);
  await world.sql(`create trigger cut after insert on ${table} for each statement execute function cut()`);
  return () => world.sql(`drop trigger cut on ${table}`);
}
