import { migrationStates } from '@cacheferry/contract';
import {
  createMigration,
  createPreflight,
  createPreflightStore,
  cutoverMigration,
  deleteMigration,
  drainMachine,
  fenceMigration,
  getMigration,
  getStateHistory,
  pauseMigration,
  rateMigration,
  resumeMigration,
  rollbackMigration,
  startMigration,
  stopMigration,
} from '@cacheferry/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  admin,
  launch,
  launched,
  newMigration,
  openWorld,
  operator,
  phaseEvent,
  progressEvent,
  snapshotOf,
  viewer,
  type World,
} from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const stateOf = async (id: string) => (await getMigration(world.ctx(viewer), id)).state;
const at = '2026-01-31T12:00:00.000Z';
const ack = (seq: number, id: string, command: string, ok = true) =>
  ({ seq, at, type: 'ack', command, id, ok }) as const;
const lost = { code: 'machine.unreachable', facts: { host: 'h:22', reason: 'gone' }, detail: '' } as const;

describe('many at once', () => {
  test('of 50 starts one wins, and there is one run', async () => {
    const { id } = await newMigration(world);
    const starts = Array.from({ length: 50 }, () => startMigration(world.ctx(), id, {}).then(() => 'ok', codeOf));
    const results = await Promise.all(starts);
    expect(results.filter((result) => result === 'ok')).toHaveLength(1);
    expect(results.filter((result) => result === 'migration.invalid_transition')).toHaveLength(49);
    expect(await world.sql('select 1 from runs where subject_id = $1', [id])).toHaveLength(1);
    expect(await getStateHistory(world.ctx(viewer), id)).toHaveLength(1);
  });

  test('of 20 claims of a run one wins', async () => {
    const { id } = await newMigration(world);
    await world.sql('update machines set slots = 1000');
    await startMigration(world.ctx(), id, {});
    const run = (await world.store.runs.liveOf(id))?.id ?? '';
    const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => world.runs.claim(run, `w${n}`, 60_000)));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });

  test('of 20 pauses one request is made, and all see it pending', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [phaseEvent(1, 'full_sync'), phaseEvent(2, 'incremental_sync')]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => pauseMigration(world.ctx(), id)));
    expect(answers.every(({ pending }) => pending?.command === 'pause')).toBe(true);
    expect(await world.runs.listCommands(lease)).toHaveLength(1);
  });
});

describe('a request', () => {
  test('is pending until the engine has acknowledged it', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [phaseEvent(1, 'full_sync'), phaseEvent(2, 'incremental_sync')]);
    await pauseMigration(world.ctx(), id);
    const [request] = await world.runs.listCommands(lease);
    expect(request).toEqual({ id: expect.any(String), command: 'pause' });
    await world.runs.markDelivered(lease, request?.id ?? '', null);
    expect(await world.runs.listCommands(lease)).toEqual([]);
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ pending: { command: 'pause' } });
    await world.runs.recordEvents(lease, [ack(3, request?.id ?? '', 'pause'), phaseEvent(4, 'paused')]);
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ pending: null, state: 'paused' });
    expect(await pauseMigration(world.ctx(), id)).toMatchObject({ pending: null, state: 'paused' });
    await resumeMigration(world.ctx(), id);
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ pending: { command: 'resume' } });
  });

  test('that was not handed over yet gives way to its opposite', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [phaseEvent(1, 'full_sync'), phaseEvent(2, 'incremental_sync')]);
    await pauseMigration(world.ctx(), id);
    expect(await resumeMigration(world.ctx(), id)).toMatchObject({ pending: null });
    expect(await world.runs.listCommands(lease)).toEqual([]);
  });

  test('for other limits becomes the setting of the next launch', async () => {
    const { id, lease } = await launched(world);
    await rateMigration(world.ctx(), id, { rateKeys: 500 });
    const [request] = await world.runs.listCommands(lease);
    expect(request).toMatchObject({ command: 'rate', rateKeys: 500 });
    await world.runs.recordEvents(lease, [ack(1, request?.id ?? '', 'rate')]);
    expect((await getMigration(world.ctx(viewer), id)).options.rateKeys).toBe(500);
    await world.runs.recordDeath(lease, { exitCode: 1, signal: null, lastLines: '' });
    const job = await world.runs.beginLaunch(lease, { stateDir: '/s', engineSha256: 'b' });
    expect(job).toMatchObject({ epoch: 2, task: id, runId: lease.id, options: { rateKeys: 500 } });
  });

  test('to pause is repeated to an engine that was started anew', async () => {
    const { id, lease } = await launched(world);
    await pauseMigration(world.ctx(), id);
    const [request] = await world.runs.listCommands(lease);
    await world.runs.recordEvents(lease, [ack(1, request?.id ?? '', 'pause'), phaseEvent(2, 'paused')]);
    const died = await world.runs.recordDeath(lease, { exitCode: null, signal: 'SIGKILL', lastLines: 'out of memory' });
    expect(died.deaths).toBe(1);
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ state: 'starting', restarts: 1 });
    await world.runs.beginLaunch(lease, { stateDir: '/s', engineSha256: 'b' });
    expect(await world.runs.listCommands(lease)).toMatchObject([{ command: 'pause' }]);
    expect(await stateOf(id)).toBe('starting');
  });

  test('that the engine refuses is settled and told', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [phaseEvent(1, 'full_sync'), phaseEvent(2, 'incremental_sync')]);
    await fenceMigration(world.ctx(), id);
    const [request] = await world.runs.listCommands(lease);
    const refusal = { code: 'engine.not_running', facts: { dir: '/s' }, detail: '' } as const;
    await world.runs.markDelivered(lease, request?.id ?? '', refusal);
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ pending: null, state: 'incremental_sync' });
  });

  test.each([
    ['pause', pauseMigration],
    ['resume', resumeMigration],
    ['fence', fenceMigration],
    ['stop', stopMigration],
  ] as const)('to %s a draft is refused', async (event, verb) => {
    const { id } = await newMigration(world);
    const facts = { state: 'draft', event };
    await expect(verb(world.ctx(), id)).rejects.toMatchObject({ code: 'migration.invalid_transition', facts });
  });

  test.each([
    ['cutover', cutoverMigration],
    ['rollback', rollbackMigration],
  ] as const)('for %s is refused by its name', async (event, verb) => {
    const { id } = await newMigration(world);
    const refusal = { code: 'migration.not_available', facts: { event } };
    await expect(verb(world.ctx(), id)).rejects.toMatchObject(refusal);
    await expect(verb(world.ctx(viewer), id)).rejects.toMatchObject({ code: 'auth.forbidden' });
  });
});

describe('a stop', () => {
  test('of a migration that no worker has taken ends it at once', async () => {
    const { id } = await newMigration(world);
    await startMigration(world.ctx(), id, {});
    expect(await stopMigration(world.ctx(), id)).toMatchObject({ state: 'stopped', pending: null });
    expect(await world.store.runs.liveOf(id)).toBeNull();
    await startMigration(world.ctx(), id, {});
    expect(await stateOf(id)).toBe('queued');
  });

  test('waits for the machine once a launch has begun, and a second one changes nothing', async () => {
    const { id, lease } = await launched(world);
    expect(await stopMigration(world.ctx(), id)).toMatchObject({ state: 'stopping', pending: { command: 'stop' } });
    expect(await stopMigration(world.ctx(), id)).toMatchObject({ state: 'stopping' });
    expect(await world.runs.renew(lease, 60_000)).toMatchObject({ wanted: 'stopped' });
    expect(await world.runs.listCommands(lease)).toEqual([]);
    await expect(world.runs.beginLaunch(lease, { stateDir: '/s', engineSha256: 'b' })).rejects.toMatchObject({
      code: 'migration.stopped',
    });
    await world.runs.markEnded(lease, { outcome: 'stopped', failure: null, confirmed: true });
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ state: 'stopped', pending: null });
    await expect(stopMigration(world.ctx(), id)).rejects.toMatchObject({ code: 'migration.invalid_transition' });
  });
});

describe('a lost machine', () => {
  test('comes back to the state that its engine tells', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [progressEvent(1)]);
    await world.runs.markLost(lease, lost);
    await world.runs.markLost(lease, lost);
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({
      state: 'lost',
      problem: { code: 'machine.unreachable' },
    });
    await world.runs.recordEvents(lease, [progressEvent(2, { state: 'incremental_sync' })]);
    expect(await stateOf(id)).toBe('lost');
    await world.runs.markContact(lease, snapshotOf({ state: 'incremental_sync' }));
    expect(await getMigration(world.ctx(viewer), id)).toMatchObject({ state: 'incremental_sync', problem: null });
    const states = (await getStateHistory(world.ctx(viewer), id)).map(({ to }) => to);
    expect(states).toEqual(['queued', 'starting', 'full_sync', 'lost', 'incremental_sync']);
  });

  test('without an engine comes back to the state from before', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [progressEvent(1)]);
    await world.runs.markLost(lease, lost);
    await world.runs.markContact(lease, null);
    expect(await stateOf(id)).toBe('full_sync');
  });

  test('that was told to stop meanwhile stops', async () => {
    const { id, lease } = await launched(world);
    await world.runs.markLost(lease, lost);
    expect(await stopMigration(world.ctx(), id)).toMatchObject({ state: 'stopping' });
    await world.runs.markLost(lease, lost);
    await world.runs.markContact(lease, snapshotOf({ state: 'incremental_sync' }));
    expect(await stateOf(id)).toBe('stopping');
  });

  test('whose engine has ended goes straight to its end', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [progressEvent(1)]);
    await world.runs.markLost(lease, lost);
    await world.runs.markEnded(lease, { outcome: 'completed', failure: null, confirmed: true });
    expect(await stateOf(id)).toBe('completed');
  });
});

test('every state of the lifecycle is reached by what the control plane records, and all ends are ends', async () => {
  const seen = new Set<string>();
  const note = async (id: string) => {
    for (const { from, to } of await getStateHistory(world.ctx(viewer), id)) {
      seen.add(to);
      if (from) seen.add(from);
    }
  };
  const { id, lease } = await launched(world);
  const told = ['full_sync', 'incremental_sync', 'paused', 'incremental_sync', 'full_sync', 'incremental_sync'];
  await world.runs.recordEvents(
    lease,
    told.map((phase, index) => phaseEvent(index + 1, phase)),
  );
  await world.runs.markLost(lease, lost);
  await world.runs.markContact(lease, snapshotOf({ state: 'cutting_over' }));
  expect(await stateOf(id)).toBe('cutting_over');
  await world.runs.markEnded(lease, { outcome: 'completed', failure: null, confirmed: true });
  await note(id);
  await expect(startMigration(world.ctx(), id, {})).rejects.toMatchObject({ code: 'migration.invalid_transition' });

  const other = await launched(world);
  const failure = { code: 'endpoint.auth_failed', facts: { endpoint: '10.0.0.1:6379' }, detail: 'WRONGPASS' } as const;
  await world.runs.markEnded(other.lease, { outcome: 'failed', failure, confirmed: true });
  expect(await getMigration(world.ctx(viewer), other.id)).toMatchObject({
    state: 'failed',
    problem: { code: 'endpoint.auth_failed', title: '10.0.0.1:6379 refused the user or password' },
  });
  await startMigration(world.ctx(), other.id, {});
  const again = await launch(world, other.id);
  await stopMigration(world.ctx(), other.id);
  await world.runs.markEnded(again, { outcome: 'stopped', failure: null, confirmed: true });
  await note(other.id);
  expect([...seen].sort()).toEqual([...migrationStates].sort());
});

describe('deleting', () => {
  test('takes everything of an ended migration, and nothing of a running one', async () => {
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [progressEvent(1)]);
    await expect(deleteMigration(world.ctx(), id)).rejects.toMatchObject({ code: 'migration.not_ended' });
    await world.runs.markEnded(lease, { outcome: 'failed', failure: null, confirmed: true });
    await deleteMigration(world.ctx(), id);
    await expect(getMigration(world.ctx(viewer), id)).rejects.toMatchObject({ code: 'request.not_found' });
    for (const [table, column] of [
      ['events', 'subject_id'],
      ['runs', 'migration_id'],
      ['metrics_points', 'migration_id'],
    ])
      expect(await world.sql(`select 1 from ${table} where ${column} = $1`, [id])).toEqual([]);
  });
});

describe('the preflight of a start', () => {
  const ends = { source: { url: 'redis://10.0.0.1:6379' }, target: { url: 'redis://10.0.0.2:6379' } };
  const row = (status: 'pass' | 'fail', overridable = true) => ({
    id: 'target.empty',
    scope: 'target',
    status,
    observed: '',
    expected: '',
    message: '',
    fix: '',
    overridable,
  });

  async function preflight(rows: ReturnType<typeof row>[]): Promise<string> {
    const machineId = (await world.store.machines.findLocal())?.id ?? '';
    const { id } = await createPreflight(world.ctx(), { ...ends, machineId, mode: 'sync' });
    const store = createPreflightStore(world.system);
    const task = await store.claim(id, 'w', 60_000);
    if (!task) throw new Error('the preflight could not be claimed');
    expect(task.job).toMatchObject({ kind: 'preflight', source: ends.source });
    await store.recordRows(task.lease, rows.slice(0, 1));
    const ok = rows.every(({ status }) => status === 'pass');
    const report = { ok, rows, source: null, target: null, digest: 'd', startedAt: at, finishedAt: at };
    await store.finish(task.lease, report);
    return id;
  }

  test('lets a start through when it passed', async () => {
    const { id } = await createMigration(world.ctx(), { ...named(), preflightId: await preflight([row('pass')]) });
    expect(await startMigration(world.ctx(), id, {})).toMatchObject({ state: 'queued' });
  });

  test('refuses it when it failed, unless an administrator overrides what may be overridden', async () => {
    const { id } = await createMigration(world.ctx(), { ...named(), preflightId: await preflight([row('fail')]) });
    const override = { override: { reason: 'it is a cache' } };
    await expect(startMigration(world.ctx(), id, {})).rejects.toMatchObject({ code: 'migration.preflight_failed' });
    await expect(startMigration(world.ctx(operator), id, override)).rejects.toMatchObject({ code: 'auth.forbidden' });
    expect(await startMigration(world.ctx(admin), id, override)).toMatchObject({ state: 'queued' });
    const history = await getStateHistory(world.ctx(viewer), id);
    expect(history.at(-1)).toMatchObject({ to: 'queued', by: 'admin', reason: 'it is a cache' });
  });

  test('refuses it when a row that failed may not be overridden, or when it was for something else', async () => {
    const preflightId = await preflight([row('fail', false)]);
    const { id } = await createMigration(world.ctx(), { ...named(), preflightId });
    const override = { override: { reason: 'it is a cache' } };
    await expect(startMigration(world.ctx(admin), id, override)).rejects.toMatchObject({
      code: 'migration.preflight_failed',
    });
    await expect(createMigration(world.ctx(), { ...named(), mode: 'full', preflightId })).rejects.toMatchObject({
      code: 'migration.preflight_stale',
    });
  });

  const named = () => ({ name: 'checked', ...ends, mode: 'sync' as const });
});

test('a machine that drains takes no start, and one without a free place keeps runs waiting', async () => {
  const machine = await world.store.machines.findLocal();
  const { id } = await newMigration(world);
  await drainMachine(world.ctx(admin), machine?.id ?? '', { isDraining: true });
  await expect(startMigration(world.ctx(), id, {})).rejects.toMatchObject({ code: 'machine.draining' });
  await drainMachine(world.ctx(admin), machine?.id ?? '', { isDraining: false });
  await startMigration(world.ctx(), id, {});
  const run = (await world.store.runs.liveOf(id))?.id ?? '';
  await world.sql('update machines set slots = 0');
  expect(await world.runs.findUnattended(1000)).not.toContain(run);
  expect(await world.runs.claim(run, 'w', 1000)).toBeNull();
  await world.sql('update machines set slots = 1000');
  expect(await world.runs.findUnattended(1000)).toContain(run);
});

const codeOf = (error: { code?: string }) => error.code;
