import { compareServers, type RedisCluster, startCluster, startWriter, type Writer } from '@cacheferry/testkit';
import { expect, type Page, test } from '@playwright/test';
import { confirmAndStart, expectConsistent, nameCluster, press, signIn, writeStrings } from './by-hand.ts';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

const masters = 6;
const keys = 5_000;
const name = 'orders to the new cluster';
let product: Product;
let source: RedisCluster;
let target: RedisCluster;
let writer: Writer;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, source, target] = await Promise.all([
    startProduct(),
    startCluster({ masters, password: 'source password' }),
    startCluster({ masters: 3, replicas: 1, password: 'target password' }),
  ]);
  await writeStrings(source, 'order', keys);
  writer = await startWriter(source.url, { rate: 200, seed: 31 });
});
test.afterAll(async () => {
  await writer?.stop();
  await product?.stop();
  await Promise.all([source?.stop(), target?.stop()]);
});

test('a cluster goes to another cluster, stopped and started again, checked, by clicking', async ({ page }) => {
  test.setTimeout(400_000);
  const watched = watchPage(page);
  await signIn(page, product);
  await page.goto(`${product.url}/migrations/new/source`);
  await test.step('one node of each is enough', async () => {
    await nameCluster(page, source, 4);
    await press(page, 'Next');
    await nameCluster(page, target, 1);
    await press(page, 'Next');
    await press(page, 'Next');
  });
  await test.step('the preflight passes and every server is confirmed', () => confirmAndStart(page, name));
  await test.step('every shard follows', () => expectShards(page));
  await test.step('what is written while it is stopped arrives after it is started again', async () => {
    await press(page, 'Stop');
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByRole('main')).toContainText('Stopped', { timeout: 60_000 });
    await writeStrings(source, 'late', 500);
    await source.client.del('order:7');
    await press(page, 'Start again');
    await expectShards(page);
  });
  await test.step('a full check under writes says consistent', () => expectConsistent(page));
  await writer.stop();
  await test.step('the target is equal to the source', async () => {
    const ignore = (key: string) => key.startsWith('0 cf:');
    await expect(async () => {
      const { keysA, differences } = await compareServers(source.client, target.client, { ignore });
      expect(differences.slice(0, 10)).toEqual([]);
      expect(keysA).toBeGreaterThanOrEqual(keys + 499);
    }).toPass({ timeout: 120_000 });
  });
  expect(watched.problems()).toEqual([]);
});

async function expectShards(page: Page): Promise<void> {
  await expect(page.getByRole('main')).toContainText('Live sync', { timeout: 90_000 });
  await page.getByRole('main').getByText('Progress', { exact: true }).first().click();
  const table = page.getByRole('table', { name: 'Shards' });
  const live = table.getByRole('row').filter({ has: page.getByText('Live', { exact: true }) });
  await expect(live).toHaveCount(masters, { timeout: 60_000 });
  for (const { server } of source.nodes) await expect(table).toContainText(`${server.host}:${server.port}`);
}
