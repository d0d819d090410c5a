import type { Machine, Migration, StateChange } from '@cacheferry/contract';
import { type RedisServer, startRedis } from '@cacheferry/testkit';
import { expect, type Page, test } from '@playwright/test';
import { Api, reach } from './api.ts';
import { signIn } from './by-hand.ts';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

let product: Product;
let source: RedisServer;
let target: RedisServer;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, source, target] = await Promise.all([startProduct(), startRedis(), startRedis({ password: 'a secret' })]);
});
test.afterAll(async () => {
  await product?.stop();
  await Promise.all([source?.stop(), target?.stop()]);
});

/** A migration that was followed and stopped: its checkpoint is left on the target. */
async function stopped(api: Api): Promise<string> {
  const [machine] = (await api.get<{ items: Machine[] }>('/machines')).items;
  const ends = { source: { url: source.url }, target: { url: target.url } };
  const body = { name: 'orders', ...ends, machineIds: [machine?.id], mode: 'sync' };
  const { id } = await api.post<Migration>('/migrations', body);
  await api.post(`/migrations/${id}/start`);
  await reach(api, id, 'incremental_sync');
  await expect(api.post(`/migrations/${id}/forget`)).rejects.toThrow(/409.*migration\.not_ended/);
  await api.post(`/migrations/${id}/stop`);
  await reach(api, id, 'stopped');
  return id;
}

const open = async (page: Page) => {
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Remove notes on the target' }).click();
  return page.getByRole('dialog');
};

test('what a stopped migration has noted on its target is removed from its page', async ({ page }) => {
  test.setTimeout(120_000);
  const watched = watchPage(page);
  await source.client.set('order:1', 'value');
  const api = new Api(product.url);
  await api.signIn(product.password as string);
  const id = await stopped(api);
  expect((await target.client.keys('cf:*')).length).toBeGreaterThan(0);
  const engine = target.connect();
  await engine.client('SETNAME', `ferry:${id}`);
  await signIn(page, product);
  await page.goto(`${product.url}/migrations/${id}/history`);
  const dialog = await open(page);
  const confirm = dialog.getByRole('button', { name: 'Remove the notes' });
  await expect(confirm).toBeDisabled();
  await dialog.getByRole('textbox').fill('orders');
  await confirm.click();
  await expect(dialog.getByRole('alert')).toContainText(id);
  expect((await target.client.keys('cf:*')).length).toBeGreaterThan(0);
  engine.disconnect();
  await expect(async () => {
    await confirm.click();
    await expect(dialog).toHaveCount(0, { timeout: 3_000 });
  }).toPass();
  await expect(page.getByRole('status').filter({ hasText: /removed from/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /Notes removed from the target.*admin/ })).toBeVisible();
  expect(await target.client.keys('*')).toEqual(['order:1']);
  const { items } = await api.get<{ items: StateChange[] }>(`/migrations/${id}/history`);
  expect(items.at(-1)).toMatchObject({ event: 'forgotten', from: 'stopped', to: 'stopped', by: 'admin' });
  expect(await api.post(`/migrations/${id}/forget`)).toEqual({ keys: 0 });
  expect(watched.problems()).toEqual([]);
});
