import path from 'node:path';
import type { Machine, Migration, Preflight } from '@cacheferry/contract';
import {
  compareServers,
  type RedisCluster,
  seedMixed,
  type Sshd,
  startCluster,
  startSshd,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildProduct, type Product, signInAt, startProduct } from './product.ts';
import { openSseClient } from './sse-client.ts';
import { processesOf } from './worker/processes-of.ts';

const secret = 'a secret of the test 78';
let product: Product;
let headers: Record<string, string>;
let machines: string[];
let sshd: Sshd;
let workDirs: string[];

beforeAll(async () => {
  buildProduct();
  product = await startProduct({ env: { FERRY_ADMIN_PASSWORD: secret } });
  await product.ready();
  headers = await signInAt(product.url, 'admin', secret);
  const remote = tempDir('remote-work');
  workDirs = [path.join(product.home, 'work'), remote];
  const [local] = (await call<{ items: Machine[] }>('/machines')).items;
  sshd = await startSshd();
  machines = [local?.id ?? '', await addMachine(sshd, remote)];
});
afterAll(async () => {
  await product.stop();
  await stopEverything();
});

async function call<T>(url: string, body?: object, method = body ? 'POST' : 'GET'): Promise<T> {
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const answer = await fetch(`${product.url}/api/v1${url}`, init);
  const told = (await answer.json()) as T;
  if (!answer.ok) throw new Error(JSON.stringify(told));
  return told;
}

async function addMachine(server: Sshd, workDir: string): Promise<string> {
  const { host, port, username, privateKey, fingerprint } = server;
  const auth = { kind: 'key', privateKey };
  const made = { name: 'second', kind: 'ssh', host, port, username, auth, workDir, slots: 4 };
  const { id } = await call<Machine>('/machines', made);
  await waitFor(async () => (await call<Machine>(`/machines/${id}`)).seenHostKey !== null, { what: 'the host key' });
  await call(`/machines/${id}/trust`, { fingerprint });
  const isReady = async () => (await call<Machine>(`/machines/${id}`)).state === 'ready';
  await waitFor(isReady, { deadlineMs: 60_000, what: 'the machine to be ready' });
  return id;
}

const show = (id: string) => call<Migration>(`/migrations/${id}`);
async function reach(id: string, condition: (now: Migration) => boolean, what: string): Promise<Migration> {
  const look = async (): Promise<Migration | null> => {
    const now = await show(id);
    if (condition(now)) return now;
    throw new Error(JSON.stringify([now.state, now.problem?.detail, now.shares, now.snapshot?.shards]));
  };
  return waitFor(look, { deadlineMs: 90_000, everyMs: 200, what });
}
const isLive = ({ state, shares, snapshot }: Migration): boolean =>
  state === 'incremental_sync' &&
  shares.every(({ shards }) => shards > 0) &&
  snapshot?.shards.every(({ phase }) => phase === 'incremental_sync') === true;

async function begin(source: RedisCluster, target: RedisCluster, more: object = {}): Promise<string> {
  const ends = { source: { url: source.url }, target: { url: target.url } };
  const { id } = await call<Migration>('/migrations', { name: 'shared', ...ends, machineIds: machines, ...more });
  await call(`/migrations/${id}/start`, {});
  return id;
}

async function expectEqual(source: RedisCluster, target: RedisCluster): Promise<void> {
  const ignore = (key: string) => key.startsWith('0 cf:');
  const compare = async () => {
    const { differences } = await compareServers(source.client, target.client, { ignore });
    if (differences.length > 0) throw new Error(JSON.stringify(differences.slice(0, 5)));
    return true;
  };
  await waitFor(compare, { deadlineMs: 60_000, everyMs: 500, what: 'the target to be equal' });
}

function killAt(place: number): void {
  for (const pid of processesOf(workDirs[place] as string)) process.kill(pid, 'SIGKILL');
}
const engines = (): number[] => workDirs.flatMap(processesOf);

test('two machines share the shards of a cluster: one that dies is brought back alone, and a stop ends both', async () => {
  const [source, target] = await Promise.all([startCluster({ masters: 4 }), startCluster()]);
  await seedMixed(source.client, { keys: 2_000 });
  const writer = await startWriter(source.url, { rate: 200, seed: 5 });
  const id = await begin(source, target);
  const stream = await openSseClient(`${product.url}/api/v1/migrations/${id}/events`, headers);
  const live = await reach(id, isLive, 'every shard to be followed');
  expect(live.shares.map(({ machineId, state, shards }) => [machineId, state, shards])).toEqual(
    machines.map((machine) => [machine, 'incremental_sync', 2]),
  );
  expect(new Set(live.snapshot?.shards.map((shard) => shard.id)).size).toBe(4);

  const others = () => show(id).then(({ snapshot }) => snapshot?.shards.filter((one) => one.machineId === machines[0]));
  const sum = async () => (await others())?.reduce((total, { offset }) => total + (offset ?? 0), 0) ?? 0;
  killAt(1);
  const before = await sum();
  await waitFor(async () => (await sum()) > before, { deadlineMs: 30_000, what: 'the other engine to go on' });
  const back = await reach(id, (now) => now.restarts === 1 && isLive(now), 'the engine to be back');
  expect(back.shares[1]).toMatchObject({ state: 'incremental_sync', problem: null });

  await writer.stop();
  await expectEqual(source, target);
  await call(`/migrations/${id}/stop`, {});
  const stopped = await reach(id, ({ state }) => state === 'stopped', 'the stop');
  expect(stopped.shares.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  expect(engines()).toEqual([]);
  await stream.until(() => stream.frames.some(({ event, data }) => event === 'state' && data.to === 'stopped'));
  expect(stream.ids).toEqual(Array.from(stream.ids, (_, n) => (stream.ids[0] ?? 0) + n));
  stream.close();
});

test('a share whose engine dies three times fails alone and says so, and is started again alone', async () => {
  const [source, target] = await Promise.all([startCluster({ masters: 2 }), startCluster()]);
  await seedMixed(source.client, { keys: 500 });
  const id = await begin(source, target);
  await reach(id, isLive, 'every shard to be followed');
  for (let death = 1; death <= 3; death++) {
    killAt(1);
    await reach(id, (now) => now.restarts === death && (death === 3 || isLive(now)), `death ${death}`);
  }
  const failed = await reach(id, ({ shares }) => shares[1]?.state === 'failed', 'the share to fail');
  expect(failed).toMatchObject({ state: 'starting', problem: { code: 'engine.crash_loop' } });
  expect(failed.shares.map(({ state, problem }) => [state, problem?.code ?? null])).toEqual([
    ['incremental_sync', null],
    ['failed', 'engine.crash_loop'],
  ]);
  const keys = Array.from({ length: 50 }, (_, n) => `meanwhile:${n}`);
  for (const key of keys) await source.client.set(key, 'here');
  const held = async () => (await Promise.all(keys.map((key) => target.client.get(key)))).filter(Boolean).length;
  await waitFor(async () => (await held()) > 0, { deadlineMs: 30_000, what: 'the share that lives to go on' });
  expect(await held()).toBeLessThan(keys.length);

  const first = engines();
  await call(`/migrations/${id}/start`, {});
  const again = await reach(id, isLive, 'the share to be back');
  expect(again.problem).toBeNull();
  expect(engines()).toEqual(expect.arrayContaining(first));
  await waitFor(async () => (await held()) === keys.length, { deadlineMs: 30_000, what: 'what was written meanwhile' });
  await call(`/migrations/${id}/stop`, {});
  await reach(id, ({ state }) => state === 'stopped', 'the stop');
});

test('more machines than shards are no error: what is left over is not used', async () => {
  const [source, target] = await Promise.all([startCluster({ masters: 1 }), startCluster()]);
  await seedMixed(source.client, { keys: 500 });
  const id = await begin(source, target, { mode: 'full' });
  const done = await reach(id, ({ state }) => state === 'completed' || state === 'failed', 'the end');
  expect(done).toMatchObject({ state: 'completed', problem: null });
  expect(done.shares.map(({ state }) => state).sort()).toEqual(['completed', 'unused']);
  await expectEqual(source, target);
});

async function ask(source: RedisCluster, target: RedisCluster): Promise<Preflight> {
  const [machineId, ...moreMachineIds] = machines;
  const ends = { source: { url: source.url }, target: { url: target.url } };
  const { id } = await call<Preflight>('/preflights', { ...ends, machineId, moreMachineIds });
  const look = async () => {
    const now = await call<Preflight>(`/preflights/${id}`);
    return now.finishedAt === null ? null : now;
  };
  return waitFor(look, { deadlineMs: 60_000, everyMs: 100, what: 'every machine to answer' });
}

test('every machine asks the preflight, and one that is out of reach holds the start back', async () => {
  const [source, target] = await Promise.all([startCluster({ masters: 2 }), startCluster()]);
  const asked = await ask(source, target);
  expect(asked.rows.filter(({ status }) => status === 'fail' || status === 'error')).toEqual([]);
  expect(asked).toMatchObject({ ok: true, machines: machines.map((machineId) => ({ machineId, ok: true })) });
  const [here, there] = machines.map(
    (machine) => new Set(asked.rows.flatMap((row) => (row.machineId === machine ? [row.id] : []))),
  );
  expect(there).toEqual(here);
  expect([...(here ?? [])]).toContain('net.source');
  const started = await begin(source, target, { preflightId: asked.id });
  await reach(started, isLive, 'every shard to be followed');
  await call(`/migrations/${started}/stop`, {});
  await reach(started, ({ state }) => state === 'stopped', 'the stop');

  await sshd.stop();
  const refused = await ask(source, target);
  expect(refused).toMatchObject({ state: 'failed', ok: false });
  expect(refused.machines.map(({ state, problem }) => [state, problem?.code ?? null])).toEqual([
    ['done', null],
    ['failed', 'machine.unreachable'],
  ]);
  await expect(begin(source, target, { preflightId: refused.id })).rejects.toThrow('migration.preflight_failed');
});
