import type { EngineEvent, Snapshot } from '@cacheferry/contract';
import {
  createMachine,
  fenceMigration,
  getMigration,
  getMigrationConfig,
  type Lease,
  listLogs,
  pauseMigration,
  rateMigration,
  resumeMigration,
  startMigration,
  stopMigration,
} from '@cacheferry/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  admin,
  doneEvent,
  logEvent,
  newMigration,
  openWorld,
  phaseEvent,
  progressEvent,
  snapshotOf,
  viewer,
  type World,
} from './world.ts';

let world: World;
let machines: string[];
beforeAll(async () => {
  world = await openWorld();
  machines = [(await world.store.machines.findLocal())?.id ?? ''];
  for (const name of ['second', 'third'])
    machines.push((await createMachine(world.ctx(admin), { ...machine, name })).id);
  await world.sql(`update machines set slots = 1000, trusted_host_key = '{"type":"t","fingerprint":"f"}'`);
});
afterAll(() => world.close());

const auth = { kind: 'password', password: 'secret' } as const;
const machine = { kind: 'ssh', host: '10.0.0.7', port: 22, username: 'u', auth } as const;
const at = '2026-01-31T12:00:00.000Z';
const show = (id: string) => getMigration(world.ctx(viewer), id);
const shareStates = async (id: string) => (await show(id)).shares.map(({ state }) => state);

/** A migration of a cluster on so many machines, with every engine launched. */
async function started(count: number, more: object = {}): Promise<{ id: string; leases: Lease[] }> {
  const source = { url: 'redis+cluster://10.0.0.1:6379' };
  const { id } = await newMigration(world, { source, machineIds: machines.slice(0, count), ...more });
  await startMigration(world.ctx(), id, {});
  return { id, leases: await launchAll(id) };
}

async function launchAll(id: string): Promise<Lease[]> {
  const leases: Lease[] = [];
  for (const machineId of machines) {
    const run = await world.store.runs.latestOf(id, machineId);
    if (run?.phase !== 'queued') continue;
    const claimed = await world.runs.claim(run.id, 'worker', 60_000);
    if (!claimed) throw new Error('the run could not be claimed');
    await world.runs.beginLaunch(claimed.lease, { stateDir: `/state/${run.id}`, engineSha256: 'a'.repeat(64) });
    await world.runs.markLaunched(claimed.lease, { pid: 1, attached: false });
    leases.push(claimed.lease);
  }
  return leases;
}

const shard = (id: string, more: object = {}): Snapshot['shards'][number] => ({
  ...{ id, source: `${id}:6379`, phase: 'full_sync', bytesTotal: 10, bytesDone: 5, keysTotal: 10, keysDone: 5 },
  ...{ offset: 1, sourceOffset: 2, lagBytes: 1, lagMs: 1 },
  ...more,
});
const tell = (lease: Lease | undefined, ...events: EngineEvent[]) => world.runs.recordEvents(lease as Lease, events);
const end = (lease: Lease | undefined, outcome: 'completed' | 'stopped' | 'failed', code?: 'engine.crash_loop') => {
  const failure = code ? { code, facts: { count: 3, minutes: 10 }, detail: '' } : null;
  return world.runs.markEnded(lease as Lease, { outcome, failure, confirmed: true });
};

describe('a migration on several machines', () => {
  test('is one run on each, with its share and its part of the limits', async () => {
    const source = { url: 'redis+cluster://10.0.0.1:6379' };
    const { id } = await newMigration(world, {
      source,
      machineIds: machines,
      options: { rateKeys: 1000, onConflict: 'skip' },
    });
    await startMigration(world.ctx(), id, {});
    const jobs = [];
    for (const machineId of machines) {
      const run = await world.store.runs.latestOf(id, machineId);
      const claimed = await world.runs.claim(run?.id ?? '', 'worker', 60_000);
      jobs.push(await world.runs.beginLaunch(claimed?.lease as Lease, { stateDir: '/s', engineSha256: 'a' }));
    }
    expect(jobs.map(({ share }) => share)).toEqual(
      [1, 2, 3].map((number) => ({ number, of: 3, mayBeEmpty: true, isLast: false })),
    );
    expect(jobs.map(({ options }) => options?.rateKeys)).toEqual([334, 333, 333]);
    expect(new Set(jobs.map(({ task }) => task))).toEqual(new Set([id]));
    const { command } = await getMigrationConfig(world.ctx(viewer), id);
    expect(command.split('\n').map((line) => /--share (\S+)/.exec(line)?.[1])).toEqual(['1/3', '2/3', '3/3']);
  });

  test('is one run where the source has one shard; the other machines are not used', async () => {
    const { id } = await newMigration(world, { machineIds: machines });
    await startMigration(world.ctx(), id, {});
    const [lease] = await launchAll(id);
    await tell(lease, progressEvent(1, { shards: [shard('s')] }));
    expect(await shareStates(id)).toEqual(['full_sync', 'unused', 'unused']);
    expect((await show(id)).shares[0]?.shards).toBe(1);
    expect(await world.sql('select 1 from runs where subject_id = $1', [id])).toHaveLength(1);
  });

  test('has its events in one row without a gap, and each once', async () => {
    const { id, leases } = await started(3);
    const before = Number((await world.store.migrations.find(id))?.lastEventId);
    await Promise.all(
      leases.map(async (lease) => {
        for (let seq = 1; seq <= 40; seq += 4)
          await tell(lease, ...[seq, seq + 1, seq + 2, seq + 3, seq].map((n) => logEvent(n)));
      }),
    );
    const { items } = await listLogs(world.ctx(viewer), id, { limit: 1000, after: before });
    expect(items.map((item) => item.id)).toEqual(Array.from({ length: 120 }, (_, n) => before + 1 + n));
    for (const lease of leases)
      expect(items.filter(({ runId }) => runId === lease.id).map(({ seq }) => seq)).toEqual(
        Array.from({ length: 40 }, (_, n) => n + 1),
      );
  });

  test('shows all of them as one: sums, the slowest state, and who has which shard', async () => {
    const { id, leases } = await started(2);
    const counts = { keysDone: 5, keysTotal: 10, bytesIn: 7, keysPerSecond: 3, lost: { item: 1 }, errors: { a: 2 } };
    await tell(leases[0], progressEvent(1, { ...counts, state: 'incremental_sync', shards: [shard('one')], lagMs: 4 }));
    expect(await show(id)).toMatchObject({ state: 'starting', snapshot: { keysTotal: null, keysDone: 5 } });
    await tell(leases[1], progressEvent(1, { ...counts, state: 'full_sync', shards: [shard('two')], lagMs: 9 }));
    const { state, snapshot, shares } = await show(id);
    expect(state).toBe('full_sync');
    expect(snapshot).toMatchObject({ keysDone: 10, keysTotal: 20, bytesIn: 14, keysPerSecond: 6, lagMs: 9 });
    expect(snapshot).toMatchObject({ state: 'full_sync', lost: { item: 2 }, errors: { a: 4 } });
    expect(snapshot?.shards.map((one) => [one.id, one.machineId])).toEqual([
      ['one', machines[0]],
      ['two', machines[1]],
    ]);
    expect(shares.map((share) => [share.state, share.shards])).toEqual([
      ['incremental_sync', 1],
      ['full_sync', 1],
    ]);
    await tell(leases[1], phaseEvent(2, 'incremental_sync'));
    expect((await show(id)).state).toBe('incremental_sync');
  });

  test('does not use a machine for which no shard is left', async () => {
    const { id, leases } = await started(3, { mode: 'full', options: { rateKeys: 100 } });
    await tell(leases[2], progressEvent(1, { state: 'completed', shards: [] }), doneEvent(2, 'completed'));
    await end(leases[2], 'completed');
    expect(await shareStates(id)).toEqual(['starting', 'starting', 'unused']);
    // What it was allowed falls to the others.
    const parts = await Promise.all(leases.slice(0, 2).map((lease) => world.runs.listCommands(lease)));
    expect(parts.flat()).toMatchObject([
      { command: 'rate', rateKeys: 50 },
      { command: 'rate', rateKeys: 50 },
    ]);
    for (const lease of leases.slice(0, 2)) {
      await tell(lease, progressEvent(1, { state: 'completed', shards: [shard(lease.id)], keysDone: 3 }));
      await end(lease, 'completed');
    }
    expect(await show(id)).toMatchObject({ state: 'completed', problem: null, snapshot: { keysDone: 6 } });
  });
});

describe('a share that fails', () => {
  test('says so while the others go on, and is started again alone', async () => {
    const { id, leases } = await started(2);
    for (const [n, lease] of leases.entries())
      await tell(lease, progressEvent(1, { state: 'incremental_sync', shards: [shard(`s${n}`)], keysDone: 5 }));
    await end(leases[1], 'failed', 'engine.crash_loop');
    const failed = await show(id);
    expect(failed).toMatchObject({ state: 'starting', problem: { code: 'engine.crash_loop' } });
    expect(failed.shares[1]).toMatchObject({ state: 'failed', problem: { code: 'engine.crash_loop' } });
    expect(failed.snapshot?.shards.map(({ phase }) => phase)).toEqual(['full_sync', 'failed']);
    await tell(leases[0], progressEvent(2, { state: 'incremental_sync', shards: [shard('s0')], keysDone: 9 }));
    expect((await show(id)).state).toBe('starting');
    await startMigration(world.ctx(), id, {});
    const again = await show(id);
    expect(again).toMatchObject({ state: 'starting', problem: null, snapshot: { keysDone: 14 } });
    const [lease] = await launchAll(id);
    const job = await world.store.runs.find(lease?.id ?? '');
    expect(job).toMatchObject({ machineId: machines[1], launches: 2, lastSeq: 1 });
    await tell(lease, phaseEvent(2, 'incremental_sync'));
    expect(await show(id)).toMatchObject({ state: 'incremental_sync', problem: null });
    await expect(startMigration(world.ctx(), id, {})).rejects.toMatchObject({ code: 'migration.invalid_transition' });
  });

  test('makes the whole fail when the others are done, and what is done is not done again', async () => {
    const { id, leases } = await started(2, { mode: 'full' });
    await tell(leases[0], progressEvent(1, { state: 'completed', shards: [shard('a')] }));
    await end(leases[1], 'failed', 'engine.crash_loop');
    await end(leases[0], 'completed');
    expect(await show(id)).toMatchObject({ state: 'failed', problem: { code: 'engine.crash_loop' } });
    await startMigration(world.ctx(), id, {});
    expect(await shareStates(id)).toEqual(['completed', 'queued']);
    const [lease] = await launchAll(id);
    await end(lease, 'completed');
    expect((await show(id)).state).toBe('completed');
  });

  test('is not lost: a machine that is silent is, and the state comes back with it', async () => {
    const { id, leases } = await started(2);
    for (const [n, lease] of leases.entries())
      await tell(lease, progressEvent(1, { state: 'incremental_sync', shards: [shard(`s${n}`)] }));
    const lost = { code: 'machine.unreachable', facts: { host: 'h:22', reason: 'gone' }, detail: '' } as const;
    await world.runs.markLost(leases[1] as Lease, lost);
    await tell(leases[0], progressEvent(2, { state: 'incremental_sync', shards: [shard('s0')] }));
    await world.runs.markContact(leases[0] as Lease, null);
    expect(await show(id)).toMatchObject({ state: 'lost', problem: { code: 'machine.unreachable' } });
    expect(await shareStates(id)).toEqual(['incremental_sync', 'lost']);
    await world.runs.markContact(leases[1] as Lease, snapshotOf({ state: 'full_sync', shards: [shard('s1')] }));
    expect(await show(id)).toMatchObject({ state: 'full_sync', problem: null });
  });
});

describe('what is asked of several engines', () => {
  test('is asked of each; the state follows when all have done it', async () => {
    const { id, leases } = await started(2);
    for (const lease of leases) await tell(lease, phaseEvent(1, 'incremental_sync'));
    await pauseMigration(world.ctx(), id);
    const requests = await Promise.all(leases.map((lease) => world.runs.listCommands(lease)));
    expect(requests.flat().map(({ command }) => command)).toEqual(['pause', 'pause']);
    const acked = (n: number, seq: number): EngineEvent =>
      ({ seq, at, type: 'ack', command: 'pause', id: requests[n]?.[0]?.id ?? '', ok: true }) as const;
    await tell(leases[0], acked(0, 2), phaseEvent(3, 'paused'));
    expect(await show(id)).toMatchObject({ state: 'incremental_sync', pending: { command: 'pause' } });
    await tell(leases[1], acked(1, 2), phaseEvent(3, 'paused'));
    expect(await show(id)).toMatchObject({ state: 'paused', pending: null });
    await resumeMigration(world.ctx(), id);
    for (const lease of leases) await tell(lease, phaseEvent(4, 'incremental_sync'));
    expect((await show(id)).state).toBe('incremental_sync');
  });

  test('a limit is divided, and the migration keeps the whole of it', async () => {
    const { id, leases } = await started(2);
    for (const lease of leases) await tell(lease, phaseEvent(1, 'incremental_sync'));
    await rateMigration(world.ctx(), id, { rateKeys: 101 });
    const [first, second] = await Promise.all(leases.map((lease) => world.runs.listCommands(lease)));
    expect([first, second]).toMatchObject([[{ rateKeys: 51 }], [{ rateKeys: 50 }]]);
    await tell(leases[0], { seq: 2, at, type: 'ack', command: 'rate', id: first?.[0]?.id ?? '', ok: true });
    expect((await show(id)).options.rateKeys).toBe(101);
  });

  test('a fence that one of them refuses is taken back from the others', async () => {
    const { id, leases } = await started(2);
    for (const lease of leases) await tell(lease, phaseEvent(1, 'incremental_sync'));
    await fenceMigration(world.ctx(), id);
    const [, second] = await Promise.all(leases.map((lease) => world.runs.listCommands(lease)));
    await tell(leases[1], { seq: 2, at, type: 'ack', command: 'fence', id: second?.[0]?.id ?? '', ok: false });
    expect((await world.runs.listCommands(leases[0] as Lease)).map(({ command }) => command)).toContain('unfence');
  });

  test('a stop ends all of them, one that was never launched at once', async () => {
    const { id, leases } = await started(2);
    await end(leases[1], 'failed', 'engine.crash_loop');
    await startMigration(world.ctx(), id, {});
    await stopMigration(world.ctx(), id);
    expect(await show(id)).toMatchObject({ state: 'stopping' });
    expect((await shareStates(id))[1]).toBe('stopped');
    await end(leases[0], 'stopped');
    expect((await show(id)).state).toBe('stopped');
    await startMigration(world.ctx(), id, {});
    expect(await shareStates(id)).toEqual(['queued', 'queued']);
    await stopMigration(world.ctx(), id);
    expect(await show(id)).toMatchObject({ state: 'stopped', problem: null });
  });
});
