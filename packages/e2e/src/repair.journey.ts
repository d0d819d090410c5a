import { AxeBuilder } from '@axe-core/playwright';
import type { Machine, Migration } from '@cacheferry/contract';
import { compareServers, type RedisServer, seedMixed, startRedis } from '@cacheferry/testkit';
import { expect, type Page, test } from '@playwright/test';
import { Api, reach } from './api.ts';
import { expectConsistent, press, signIn } from './by-hand.ts';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

/** Where pictures of the pages go; none are taken when unset. */
const pictures = process.env.LOOKS_DIR;
const name = 'orders to be repaired';
let product: Product;
let source: RedisServer;
let target: RedisServer;
let id: string;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, source, target] = await Promise.all([startProduct(), startRedis(), startRedis()]);
  await seedMixed(source.client, { keys: 1_000, seed: 47 });
  await source.client.mset(
    'calm:0',
    'right',
    'calm:1',
    'right',
    'calm:2',
    'right',
    'calm:3',
    'right',
    'calm:4',
    'right',
  );
  const api = new Api(product.url);
  await api.signIn(product.password as string);
  const [machine] = (await api.get<{ items: Machine[] }>('/machines')).items;
  const ends = { source: { url: source.url }, target: { url: target.url } };
  ({ id } = await api.post<Migration>('/migrations', { name, ...ends, machineIds: [machine?.id], mode: 'sync' }));
  await api.post(`/migrations/${id}/start`);
  await reach(api, id, 'incremental_sync');
});
test.afterAll(async () => {
  await product?.stop();
  await Promise.all([source?.stop(), target?.stop()]);
});

test('differences are found, repaired by what was wrong, and gone', async ({ page }) => {
  test.setTimeout(240_000);
  const watched = watchPage(page);
  await signIn(page, product);
  await target.client.set('calm:0', 'wrong');
  await target.client.del('calm:1', 'calm:2');
  await target.client.pexpireat('calm:3', 4_102_444_800_000);
  await target.client.set('only here', 'x');
  const main = page.getByRole('main');
  await test.step('a check finds them', async () => {
    await page.goto(`${product.url}/migrations/${id}/checks`);
    await press(page, 'Start check');
    await expect(main).toContainText('5 lasting differences', { timeout: 90_000 });
  });
  await test.step('a repair takes the name of the migration, typed', async () => {
    await press(page, 'Repair');
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('1 key is deleted on the target');
    await dialog.getByRole('textbox').fill(name);
    await dialog.getByRole('button', { name: 'Repair' }).click();
  });
  await test.step('it says how many keys it repaired, and what was wrong with them', async () => {
    await expect(main).toContainText('5 of 5 differing keys repaired', { timeout: 90_000 });
    for (const kind of ['Missing 2', 'Value 1', 'Expiry 1', 'Extra 1']) await expect(main).toContainText(kind);
    await expect(main).toContainText('both sides are the same');
    if (pictures) await page.screenshot({ path: `${pictures}/repaired.png`, fullPage: true });
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze();
    expect(violations.map(({ id: rule }) => rule)).toEqual([]);
  });
  await test.step('the target is equal, and so says another check', async () => {
    const ignore = (key: string) => key.startsWith('0 cf:');
    expect((await compareServers(source.client, target.client, { ignore })).differences).toEqual([]);
    await page.goto(`${product.url}/migrations/${id}/overview`);
    await expectConsistent(page);
  });
  await test.step('the history of checks keeps what was repaired', () => expectInHistory(page));
  expect(watched.problems()).toEqual([]);
});

async function expectInHistory(page: Page): Promise<void> {
  await page.goto(`${product.url}/checks`);
  const rows = page.getByRole('table', { name: 'Checks' }).getByRole('row');
  await expect(rows.filter({ hasText: '5 of 5 differing keys repaired' })).toHaveCount(1);
  await expect(rows).toHaveCount(4);
}
