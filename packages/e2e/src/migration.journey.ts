import {
  compareServers,
  type RedisServer,
  seedMixed,
  type Sshd,
  startRedis,
  startSshd,
  startWriter,
  type Writer,
} from '@cacheferry/testkit';
import { expect, type Page, test } from '@playwright/test';
import { expectConsistent, fill, press, signIn } from './by-hand.ts';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

/** As many as a team might have; fewer to try something out. */
const keys = Number(process.env.JOURNEY_KEYS ?? 200_000);
const name = 'orders to the new server';
let product: Product;
let sshd: Sshd;
let source: RedisServer;
let target: RedisServer;
let writer: Writer;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, sshd, source, target] = await Promise.all([
    startProduct(),
    startSshd(),
    startRedis({ password: 'source password' }),
    startRedis(),
  ]);
  await seedMixed(source.client, { keys: Math.ceil(keys / 3), seed: 21, dbs: [0, 1, 7] });
  writer = await startWriter(source.url, { rate: 500, seed: 22 });
});
test.afterAll(async () => {
  await writer?.stop();
  await product?.stop();
  await Promise.all([source?.stop(), target?.stop(), sshd?.stop()]);
});

test('from the sign-in to a verified migration in the history, by clicking', async ({ page }) => {
  test.setTimeout(600_000);
  const watched = watchPage(page);
  await signIn(page, product);
  await addMachine(page);
  await fillWizard(page);
  await test.step('the migration runs', async () => {
    await expect(page.getByRole('main')).toContainText('Live sync', { timeout: 90_000 });
    await press(page, 'Logs');
    await expect(page.getByRole('main')).toContainText('Phase: Live sync', { timeout: 120_000 });
  });
  await test.step('a full check under writes says consistent', () => expectConsistent(page));
  await writer.stop();
  await test.step('the target is equal to the source', async () => {
    const ignore = (key: string) => key.startsWith('0 cf:');
    // The writer's short expiries pass first: the two readings take long enough to see such a key on one side only.
    await page.waitForTimeout(9_000);
    await expect(async () => {
      const { keysA, differences } = await compareServers(source.client, target.client, { ignore });
      expect(differences.slice(0, 10)).toEqual([]);
      expect(keysA).toBeGreaterThanOrEqual(keys);
    }).toPass({ timeout: 240_000 });
  });
  await stopAndFind(page);
  expect(watched.problems()).toEqual([]);
});

async function addMachine(page: Page): Promise<void> {
  await press(page, 'Machines');
  await press(page, 'Add a machine');
  await fill(page, 'Name', 'worker one');
  await fill(page, 'Host', sshd.host);
  await fill(page, 'Port', String(sshd.port));
  await fill(page, 'User', sshd.username);
  await page.getByText('Private key', { exact: true }).first().click();
  await fill(page, 'Private key', sshd.privateKey);
  await fill(page, 'Work directory', `${sshd.dir}/work`);
  await press(page, 'Add and read its host key');
  await expect(page.getByText(sshd.fingerprint)).toBeVisible({ timeout: 30_000 });
  await page.getByLabel('I have compared the fingerprint').check();
  await press(page, 'This is the right key');
  await expect(page.getByText('Ready', { exact: true }).first()).toBeVisible({ timeout: 30_000 });
  await press(page, 'Install');
  await expect(page.getByText(/[0-9a-f]{64}/)).toBeVisible({ timeout: 60_000 });
}

async function fillWizard(page: Page): Promise<void> {
  await press(page, 'Migrations');
  await press(page, 'New migration');
  await fillEnd(page, source);
  await fillEnd(page, target);
  await press(page, 'Next');
  await page.getByText('worker one').first().click();
  await press(page, 'Next');
  await fill(page, 'Name of the migration', name);
  const warnings = page.getByLabel('I have read this');
  const start = page.getByRole('button', { name: 'Start the migration' });
  // Rows of the preflight come one by one.
  await expect(async () => {
    for (const box of await warnings.all()) await box.check();
    await expect(start).toBeEnabled({ timeout: 500 });
  }).toPass({ timeout: 90_000 });
  await start.click();
  await expect(page.getByRole('heading', { name })).toBeVisible({ timeout: 30_000 });
}

async function fillEnd(page: Page, server: RedisServer): Promise<void> {
  await fill(page, 'Host', server.host);
  await fill(page, 'Port', String(server.port));
  if (server.password) await page.locator('input[type=password]').fill(server.password);
  await press(page, 'Next');
}

async function stopAndFind(page: Page): Promise<void> {
  await page.getByRole('link', { name }).first().click();
  await page.screenshot({ path: 'test-results/overview.png' });
  await press(page, 'Stop');
  await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByRole('main')).toContainText('Stopped', { timeout: 60_000 });
  await press(page, 'History');
  await expect(page.getByRole('link', { name })).toBeVisible();
}
