import type { Check, LogPage, Machine, Migration, StoredEvent } from '@cacheferry/contract';
import {
  compareServers,
  type RedisServer,
  seedMixed,
  startRedis,
  startWriter,
  waitFor,
  type Writer,
} from '@cacheferry/testkit';
import { expect, test } from '@playwright/test';
import { Api, reach } from './api.ts';
import { type Product, startProduct } from './product.ts';

let product: Product;
let source: RedisServer;
let target: RedisServer;
let writer: Writer;

test.beforeAll(async () => {
  [product, source, target] = await Promise.all([startProduct(), startRedis(), startRedis()]);
  await seedMixed(source.client, { keys: 20_000, seed: 11, dbs: [0, 3] });
  writer = await startWriter(source.url, { rate: 500, seed: 12 });
});
test.afterAll(async () => {
  await writer?.stop();
  await product?.stop();
  await Promise.all([source?.stop(), target?.stop()]);
});

test('a kill of API and worker midway loses no event, repeats none, and leaves the migration as it is', async () => {
  test.setTimeout(180_000);
  const password = product.password as string;
  let api = new Api(product.url);
  await api.signIn(password);
  const [machine] = (await api.get<{ items: Machine[] }>('/machines')).items;
  const { id } = await api.post<Migration>('/migrations', {
    name: 'survives',
    source: { url: source.url },
    target: { url: target.url },
    machineIds: [machine?.id],
    mode: 'sync',
  });
  await api.post(`/migrations/${id}/start`);
  await reach(api, id, 'incremental_sync');

  for (let round = 0; round < 3; round++) {
    await product.kill();
    await product.start();
    api = new Api(product.url);
    await api.signIn(password);
    await reach(api, id, 'incremental_sync');
  }

  const { restarts } = await api.get<Migration>(`/migrations/${id}`);
  expect(restarts).toBe(0);
  await writer.stop();
  const ignore = (key: string) => key.startsWith('0 cf:');
  await waitFor(async () => (await compareServers(source.client, target.client, { ignore })).differences.length === 0, {
    deadlineMs: 30_000,
    what: 'equal data',
  });

  const events = await allEvents(api, id);
  expect(events.map((event) => event.id)).toEqual(events.map((_, at) => at + 1));
  const seqs = events.filter((event) => event.runId !== null).map((event) => event.seq as number);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));

  const check = await api.post<Check>(`/migrations/${id}/checks`, { mode: 'full' });
  await waitFor(async () => (await api.get<Check>(`/checks/${check.id}`)).state === 'consistent', {
    deadlineMs: 60_000,
    what: 'a consistent check',
  });
  await api.post(`/migrations/${id}/stop`);
  await reach(api, id, 'stopped');
});

async function allEvents(api: Api, id: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    const page = await api.get<LogPage>(`/migrations/${id}/logs?limit=1000&after=${events.at(-1)?.id ?? 0}`);
    events.push(...page.items);
    if (page.items.length < 1000) return events;
  }
}
