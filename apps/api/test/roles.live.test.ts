import path from 'node:path';
import { endProcess, root, startProcess, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProduct, newHome, type Product, signInAt, startProduct } from './product.ts';

const password = 'a secret of the test 77';
let databaseUrl = '';
let database: ReturnType<typeof startProcess>;

beforeAll(async () => {
  buildProduct();
  const program = path.join(root, 'packages/db/test/holder.ts');
  const dir = path.join(newHome(), 'db');
  database = startProcess(process.execPath, ['--import', 'tsx', program, dir], {
    cwd: path.join(root, 'packages/db'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  database.stdout?.on('data', (bytes) => (said += bytes));
  await waitFor(() => said.includes('\n'), { deadlineMs: 60_000, what: 'the database' });
  databaseUrl = JSON.parse(said).url;
});
afterAll(async () => {
  await endProcess(database);
  await stopEverything();
});

type Api = { get: (path: string) => Promise<Answer>; post: (path: string, body?: unknown) => Promise<Answer> };
type Answer = { status: number; body: Record<string, unknown> & { items?: Record<string, unknown>[] } };

async function apiOf({ url }: Product): Promise<Api> {
  const headers = await signInAt(url, 'admin', password);
  const send = async (method: string, place: string, body?: unknown): Promise<Answer> => {
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await fetch(`${url}/api/v1${place}`, init);
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  };
  return { get: (place) => send('GET', place), post: (place, body = {}) => send('POST', place, body) };
}

describe.each(['PostgreSQL', 'Redis'])('one process for HTTP and two for the work, with jobs in %s', (kind) => {
  let api: Product;
  let workers: Product[] = [];
  let ask: Api;
  beforeAll(async () => {
    const redis = kind === 'Redis' ? { REDIS_URL: (await startRedis()).url } : {};
    const env = { DATABASE_URL: databaseUrl, FERRY_ADMIN_PASSWORD: password, ...redis };
    const key = { FERRY_SECRET_KEY: Buffer.alloc(32, 5).toString('base64') };
    api = await startProduct({ env: { ...env, ...key, FERRY_ROLE: 'api' } });
    await api.ready();
    workers = await Promise.all([1, 2].map(() => startProduct({ env: { ...env, ...key, FERRY_ROLE: 'worker' } })));
    await Promise.all(workers.map((worker) => worker.ready()));
    ask = await apiOf(api);
  });
  afterAll(async () => {
    await Promise.all([api, ...workers].map((product) => product.stop()));
  });
  const localMachine = async () =>
    (await ask.get('/machines')).body.items?.find(({ kind: of }) => of === 'local') ?? {};

  test('a probe that is asked for is done by a worker', async () => {
    const { id } = await localMachine();
    const asked = Date.now();
    expect((await ask.post(`/machines/${id}/probe`)).status).toBe(202);
    const probed = async () => {
      const { state, factsAt } = await localMachine();
      return state === 'ready' && Date.parse(String(factsAt)) >= asked - 1_000;
    };
    await waitFor(probed, { deadlineMs: 60_000, what: 'the facts of the machine' });
    expect((await localMachine()).facts).toMatchObject({ os: expect.any(String), cores: expect.any(Number) });
  });

  test('the one of two that is killed is not missed', async () => {
    await endProcess((workers[0] as Product).child, 'SIGKILL');
    const { id } = await localMachine();
    for (let round = 0; round < 3; round++) {
      const asked = Date.now();
      await ask.post(`/machines/${id}/probe`);
      const probed = async () => Date.parse(String((await localMachine()).factsAt)) >= asked;
      await waitFor(probed, { deadlineMs: 60_000, what: 'a probe by the other worker' });
    }
  });

  test('an endpoint is tested from a machine, and nothing but its facts comes back', async () => {
    const redis = await startRedis({ password: 'canary-password' });
    const { id: machineId } = await localMachine();
    const named = (name: string, more: object) => ask.post('/endpoints', { name: `${kind} ${name}`, ...more });
    const right = await named('right', { url: redis.bareUrl, password: 'canary-password' });
    const wrong = await named('wrong', { url: redis.bareUrl, password: 'another canary-password' });
    const ok = await ask.post(`/endpoints/${right.body.id}/test`, { machineId });
    expect(ok.body).toMatchObject({ ok: true, facts: { version: '7.0.15', role: 'primary' }, problem: null });
    const refused = await ask.post(`/endpoints/${wrong.body.id}/test`, { machineId });
    expect(refused.body).toMatchObject({ ok: false, facts: null, problem: { code: 'endpoint.auth_failed' } });
    const endpoint = { url: redis.bareUrl, password: 'canary-password' };
    const unsaved = await ask.post('/endpoints/test', { endpoint, machineId });
    expect(unsaved.body).toMatchObject({ ok: true, facts: { version: '7.0.15' } });
    const invalid = await ask.post('/endpoints/test', { endpoint: { url: 'http://canary' }, machineId });
    expect(invalid.body).toMatchObject({ code: 'endpoint.invalid' });
    expect(JSON.stringify([ok, refused, unsaved, invalid])).not.toContain('canary');
  });
});
