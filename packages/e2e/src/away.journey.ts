import type { Machine, Migration } from '@cacheferry/contract';
import { type RedisServer, seedMixed, startRedis } from '@cacheferry/testkit';
import { expect, test } from '@playwright/test';
import { Api, reach } from './api.ts';
import { press, signIn } from './by-hand.ts';
import { type Product, startProduct } from './product.ts';

const name = 'watched over a restart';
let product: Product;
let source: RedisServer;
let target: RedisServer;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, source, target] = await Promise.all([startProduct(), startRedis(), startRedis()]);
  await seedMixed(source.client, { keys: 500, seed: 41, dbs: [0] });
});
test.afterAll(async () => {
  await product?.stop();
  await Promise.all([source?.stop(), target?.stop()]);
});

test('a page that is open while the server is away says so, stays, and goes on by itself', async ({ page }) => {
  const id = await startMigration();
  await signIn(page, product);
  await page.goto(`${product.url}/migrations/${id}/overview`);
  await expect(page.getByRole('heading', { name })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Shards' })).toBeVisible();
  await expect(page.getByRole('banner')).toContainText('Live');
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  await product.kill();
  await expect(page.getByText(/Live updates interrupted/)).toBeVisible({ timeout: 20_000 });
  // This piece of the page was not loaded before.
  await press(page, 'Configuration');
  await page.waitForTimeout(3_000);
  await expect(page.getByRole('heading', { name })).toBeVisible();
  await product.start();
  await expect(page.getByText(/Live updates interrupted/)).toHaveCount(0, { timeout: 60_000 });
  await expect(page.getByRole('main')).toContainText(source.bareUrl, { timeout: 30_000 });
  await expect(page.getByRole('main')).toContainText('ferry migrate', { timeout: 30_000 });
  expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true);
});

async function startMigration(): Promise<string> {
  const api = new Api(product.url);
  await api.signIn(product.password as string);
  const [machine] = (await api.get<{ items: Machine[] }>('/machines')).items;
  const ends = { source: { url: source.url }, target: { url: target.url } };
  const { id } = await api.post<Migration>('/migrations', { name, ...ends, machineIds: [machine?.id], mode: 'sync' });
  await api.post(`/migrations/${id}/start`);
  await reach(api, id, 'incremental_sync');
  return id;
}
