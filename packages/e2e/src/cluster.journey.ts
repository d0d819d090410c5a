import fs from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { compareServers, type RedisCluster, type RedisServer, startCluster, startRedis } from '@cacheferry/testkit';
import { expect, type Page, test } from '@playwright/test';
import { confirmAndStart, fill, nameCluster, press, signIn, writeStrings } from './by-hand.ts';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

/** Where pictures of the pages go; none are taken when unset. */
const pictures = process.env.LOOKS_DIR;
const masters = Number(process.env.JOURNEY_MASTERS ?? 3);
const keys = 3_000;
const name = 'orders out of the cluster';
let product: Product;
let cluster: RedisCluster;
let target: RedisServer;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, cluster, target] = await Promise.all([
    startProduct(),
    startCluster({ masters, replicas: 1, password: 'cluster password' }),
    startRedis(),
  ]);
  await writeStrings(cluster, 'order', keys);
  await writeStrings(cluster, 'tmp', 100);
});
test.afterAll(async () => {
  await product?.stop();
  await Promise.all([cluster?.stop(), target?.stop()]);
});

test('a cluster is found by one address, copied by rules, stopped and resumed, by clicking', async ({ page }) => {
  test.setTimeout(400_000);
  const watched = watchPage(page);
  await signIn(page, product);
  await page.goto(`${product.url}/migrations/new/source`);
  await test.step('one node of the cluster is enough', () => nameSource(page));
  await test.step('the target', async () => {
    await fill(page, 'Host', target.host);
    await fill(page, 'Port', String(target.port));
    await press(page, 'Next');
  });
  await test.step('a rule shows what it leaves out while it is typed', () => writeRule(page));
  await test.step('the preflight names every server, and they are confirmed', () =>
    confirmAndStart(page, name, () => look(page, 'preflight')));
  await test.step('everything in scope arrives', () => arrives(page));
  await look(page, 'overview');
  await page.getByRole('main').getByText('Progress', { exact: true }).first().click();
  await look(page, 'progress');
  await test.step('what is written while it is stopped arrives after it is resumed', async () => {
    await press(page, 'Stop');
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByRole('main')).toContainText('Stopped', { timeout: 60_000 });
    await writeStrings(cluster, 'late', 500);
    await cluster.client.del('order:7');
    await press(page, 'Start again');
    await arrives(page);
  });
  expect(watched.problems()).toEqual([]);
});

test('a shake.toml fills the form, and what it cannot carry is named', async ({ page }) => {
  const watched = watchPage(page);
  await signIn(page, product);
  await page.goto(`${product.url}/migrations/new/source`);
  await page.getByText('Take over a shake.toml or rmt.conf').click();
  const { host, port } = cluster.node(0).server;
  await page.locator('textarea[name=config]').fill(
    `[sync_reader]\ncluster = true\naddress = "${host}:${port}"\npassword = "cluster password"\n
[redis_writer]\naddress = "${target.host}:${target.port}"\n[filter]\nallow_key_prefix = ["order:"]\n[advanced]\nncpu = 4\n`,
  );
  await press(page, 'Fill the form');
  await expect(page.getByRole('main')).toContainText('ncpu');
  await expect(page.locator('textarea[name=hosts]')).toHaveValue(`${host}:${port}`);
  await expect(page.locator('input[type=password]').first()).toHaveValue('cluster password');
  await look(page, 'import');
  await press(page, 'Next');
  await expect(page.locator('input[name=port]')).toHaveValue(String(target.port));
  await press(page, 'Next');
  await expect(page.locator('textarea[name=filter]')).toHaveValue('key:order:*');
  expect(watched.problems()).toEqual([]);
});

async function nameSource(page: Page): Promise<void> {
  const found = await nameCluster(page, cluster, 1);
  await expect(found.getByRole('row')).toHaveCount(1 + 2 * masters);
  await look(page, 'source');
  await press(page, 'Next');
}

async function writeRule(page: Page): Promise<void> {
  await page.locator('textarea[name=exclude]').fill('tmp:*');
  await page.getByRole('button', { name: /^Left out/ }).click({ timeout: 60_000 });
  const left = page.getByRole('list', { name: 'Left out' });
  await expect(left).toContainText('tmp:');
  await expect(left).toContainText('left out by tmp:*');
  await expect(left).not.toContainText('order:');
  await look(page, 'rules');
  await press(page, 'Next');
}

async function arrives(page: Page): Promise<void> {
  await expect(page.getByRole('main')).toContainText('Live sync', { timeout: 90_000 });
  const ignore = (key: string) => key.startsWith('0 cf:') || key.startsWith('0 tmp:');
  await expect(async () => {
    const { keysB, differences } = await compareServers(cluster.client, target.client, { ignore });
    expect(differences.slice(0, 10)).toEqual([]);
    expect(keysB).toBeGreaterThanOrEqual(keys - 1);
  }).toPass({ timeout: 90_000 });
  expect(await target.client.keys('tmp:*')).toEqual([]);
}

/** Wide and narrow, light and dark, in both languages: nothing is wider than the window, nothing is hard to read. */
async function look(page: Page, title: string): Promise<void> {
  for (const language of ['zh', 'en'] as const) {
    await speak(page, language);
    for (const [colorScheme, width] of [
      ['light', 1440],
      ['light', 390],
      ['dark', 1440],
      ['dark', 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow, `${title} ${language} ${colorScheme} ${width}`).toBeLessThanOrEqual(0);
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze();
      expect(
        violations.map(({ id, nodes }) => `${id} ${nodes.map((node) => node.target.join(' ')).join(', ')}`),
      ).toEqual([]);
      if (pictures) await takePicture(page, `${title}.${language}.${colorScheme}.${width}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function speak(page: Page, language: 'en' | 'zh'): Promise<void> {
  const now = await page.locator('html').getAttribute('lang');
  if (now?.startsWith(language)) return;
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('button', { name: language === 'zh' ? /中文/ : /English/ }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', new RegExp(`^${language}`));
}

async function takePicture(page: Page, title: string): Promise<void> {
  fs.mkdirSync(pictures as string, { recursive: true });
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: path.join(pictures as string, `${title}.png`), fullPage: true });
}
