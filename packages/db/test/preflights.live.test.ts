import {
  createMachine,
  createMigration,
  createPreflight,
  createPreflightStore,
  getMigrationReport,
  getPreflight,
  pruneHistory,
  startMigration,
} from '@cacheferry/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin, openWorld, viewer, type World } from './world.ts';

const ends = {
  source: { url: 'redis://10.0.0.1:6379', password: 'canary 77' },
  target: { url: 'redis://10.0.0.2:6379' },
};
const at = '2026-01-31T12:00:00.000Z';
let world: World;
let machines: string[];
beforeAll(async () => {
  world = await openWorld();
  const auth = { kind: 'password', password: 'pw' } as const;
  const second = { name: 'second', kind: 'ssh', host: '10.0.0.7', port: 22, username: 'u', auth } as const;
  machines = [(await world.store.machines.findLocal())?.id ?? '', (await createMachine(world.ctx(admin), second)).id];
  await world.sql(`update machines set slots = 1000, trusted_host_key = '{"type":"t","fingerprint":"f"}'`);
});
afterAll(() => world.close());

const row = (status: 'pass' | 'fail') => ({
  id: 'net.source',
  scope: 'source',
  status,
  observed: '',
  expected: '',
  message: '',
  fix: '',
  overridable: false,
});

/** A preflight of both machines; each worker is given to do what the doorbell rings for. */
async function ask() {
  world.rings.length = 0;
  const [machineId = '', ...moreMachineIds] = machines;
  const { id } = await createPreflight(world.ctx(), { ...ends, machineId, moreMachineIds, mode: 'sync' });
  const store = createPreflightStore(world.system);
  const take = async () => {
    const task = await store.claim(world.rings.at(-1)?.id ?? '', 'w', 60_000);
    if (!task) throw new Error('there is nothing to be done');
    return task;
  };
  /** The machine whose turn it is answers so, or is out of reach. */
  const answer = async (status: 'pass' | 'fail' | 'gone') => {
    const { lease } = await take();
    const rows = [row(status === 'pass' ? 'pass' : 'fail')];
    const report = {
      ok: status === 'pass',
      rows,
      source: null,
      target: null,
      digest: 'd',
      startedAt: at,
      finishedAt: at,
    };
    if (status === 'gone')
      return store.fail(lease, { code: 'machine.unreachable', facts: { host: 'h', reason: 'gone' }, detail: '' });
    await store.recordRows(lease, rows);
    return store.finish(lease, report);
  };
  return { id, store, take, answer, see: () => getPreflight(world.ctx(viewer), id) };
}

const start = async (preflightId: string) => {
  const made = { name: 'shared', ...ends, mode: 'sync', machineIds: machines, preflightId } as const;
  const { id } = await createMigration(world.ctx(), made);
  return startMigration(world.ctx(), id, {}).then(
    ({ state }) => state as string,
    ({ code }: { code: string }) => code,
  );
};

test('every machine asks for itself, with the secrets opened, and its rows say whose they are', async () => {
  const { answer, see } = await ask();
  expect(await see()).toMatchObject({ state: 'queued', ok: false, rows: [] });
  await answer('pass');
  expect(await see()).toMatchObject({
    state: 'running',
    ok: false,
    finishedAt: null,
    rows: [{ machineId: machines[0] }],
  });
  await answer('pass');
  const done = await see();
  expect(done).toMatchObject({ state: 'done', ok: true, machineId: machines[0] });
  expect(done.finishedAt).not.toBeNull();
  expect(done.rows.map(({ machineId }) => machineId)).toEqual(machines);
  expect(done.machines.map(({ machineId, ok }) => [machineId, ok])).toEqual(machines.map((id) => [id, true]));
});

test('one machine asks after the other, so that they do not measure each other', async () => {
  const { store, take } = await ask();
  const first = await take();
  expect(first.machineId).toBe(machines[0]);
  expect(first.job.source).toMatchObject(ends.source);
  const [second] = await world.sql<{ id: string }>('select id from preflights where leader_id = $1', [first.lease.id]);
  expect(await store.claim(second?.id ?? '', 'w', 60_000)).toBeNull();
  expect(await store.findUnattended(1000)).not.toContain(second?.id);
  await store.fail(first.lease, { code: 'machine.unreachable', facts: { host: 'h', reason: 'gone' }, detail: '' });
  expect(await store.findUnattended(1000)).toContain(second?.id);
  expect((await take()).machineId).toBe(machines[1]);
});

test.each([
  { name: 'all pass', first: 'pass', second: 'pass', outcome: 'queued' },
  { name: 'a row blocks on the further machine', first: 'pass', second: 'fail', outcome: 'migration.preflight_failed' },
  { name: 'a row blocks on the first', first: 'fail', second: 'pass', outcome: 'migration.preflight_failed' },
  { name: 'the further machine is out of reach', first: 'pass', second: 'gone', outcome: 'migration.preflight_failed' },
  { name: 'the further machine has not answered', first: 'pass', second: '', outcome: 'migration.preflight_running' },
] as const)('a start when $name: $outcome', async ({ first, second, outcome }) => {
  const { id, answer } = await ask();
  await answer(first);
  if (second !== '') await answer(second);
  expect(await start(id)).toBe(outcome);
});

test('a machine that could not ask is named with its cause', async () => {
  const { answer, see } = await ask();
  await answer('pass');
  await answer('gone');
  expect(await see()).toMatchObject({
    state: 'failed',
    ok: false,
    problem: { code: 'machine.unreachable' },
    machines: [
      { machineId: machines[0], state: 'done', ok: true, problem: null },
      { machineId: machines[1], state: 'failed', ok: false, problem: { code: 'machine.unreachable' } },
    ],
  });
});

test('a preflight of a machine that the migration does not have is not its own', async () => {
  const { id, answer } = await ask();
  await answer('pass');
  await answer('pass');
  const one = { name: 'one', ...ends, mode: 'sync', machineIds: machines.slice(0, 1), preflightId: id } as const;
  await expect(createMigration(world.ctx(), one)).rejects.toMatchObject({ code: 'migration.preflight_stale' });
});

test('of an old preflight that a migration rests on, all machines are kept, and else none', async () => {
  const asked = async () => {
    const { id, answer, see } = await ask();
    await answer('pass');
    await answer('pass');
    return { id, see };
  };
  const [kept, dropped] = [await asked(), await asked()];
  const made = { name: 'kept', ...ends, mode: 'sync', machineIds: machines, preflightId: kept.id } as const;
  const { id } = await createMigration(world.ctx(), made);
  await world.sql(`update preflights set created_at = created_at - interval '8 days'`);
  await pruneHistory(world.system);
  const report = await getMigrationReport(world.ctx(viewer), id);
  expect(report.preflight?.rows.map(({ machineId }) => machineId)).toEqual(machines);
  await expect(dropped.see()).rejects.toMatchObject({ code: 'request.not_found' });
  expect(await world.sql('select 1 from preflights where leader_id = $1', [dropped.id])).toEqual([]);
});
