import fs from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Check, Machine, Migration, SavedEndpoint } from '@cacheferry/contract';
import { type RedisServer, seedMixed, startRedis } from '@cacheferry/testkit';
import { expect, type Page, test } from '@playwright/test';
import { Api, reach } from './api.ts';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

/** Where pictures of all pages go; none are taken when unset. */
const pictures = process.env.LOOKS_DIR;
const looks = (['light', 'dark'] as const).flatMap((theme) => [1440, 390].map((width) => ({ theme, width })));
/** Colours do not depend on the language, so the second one is looked at crosswise. */
const looksIn = { en: looks, zh: looks.filter(({ theme, width }) => (theme === 'dark') === (width === 1440)) };
let product: Product;
let source: RedisServer;
let target: RedisServer;
let other: RedisServer;
let addresses: string[];

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, source, target, other] = await Promise.all([startProduct(), startRedis(), startRedis(), startRedis()]);
  await seedMixed(source.client, { keys: 2_000, seed: 31, dbs: [0, 2] });
  addresses = await fillProduct();
});
test.afterAll(async () => {
  await product?.stop();
  await Promise.all([source?.stop(), target?.stop(), other?.stop()]);
});

for (const language of ['en', 'zh'] as const)
  test(`every page in ${language}, light and dark, wide and narrow: accessible, within its width, without an error`, async ({
    browser,
  }) => {
    test.setTimeout(400_000);
    const context = await browser.newContext({ locale: language === 'zh' ? 'zh-CN' : 'en-GB' });
    const page = await context.newPage();
    const watched = watchPage(page);
    const found: string[] = [];
    const look = async (name: string) => {
      for (const { theme, width } of looksIn[language]) {
        const title = `${name} ${language} ${theme} ${width}`;
        await page.emulateMedia({ colorScheme: theme });
        await showWhole(page, width);
        found.push(...(await faultsOf(page)).map((fault) => `${title}: ${fault}`));
        if (pictures) await takePicture(page, title.replace(/[ /]+/g, '.'));
      }
    };
    await page.goto(product.url);
    await expect(page.locator('input[type=password]')).toBeVisible();
    await look('sign-in');
    await signIn(page);
    for (const address of addresses) {
      await page.goto(product.url + address);
      await settle(page);
      await look(address.replace(/^\/|[0-9a-f-]{36}\/?/g, ''));
    }
    await context.close();
    expect(found).toEqual([]);
    expect(watched.problems()).toEqual([]);
  });

/** As high as the page, so that nothing is under what stays at the window's edge. */
async function showWhole(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  // Once as the page is, and once more where that has moved something.
  for (let look = 0; look < 2; look++) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(900, height) });
  }
}

async function signIn(page: Page): Promise<void> {
  await page.getByRole('textbox').first().fill('admin');
  await page.locator('input[type=password]').fill(product.password as string);
  await page.locator('button[type=submit]').click();
  await expect(page).toHaveURL(/\/migrations$/);
}

/** One of everything: a migration that runs, one that ended, a check with conflicts. Returns the addresses to look at. */
async function fillProduct(): Promise<string[]> {
  const api = new Api(product.url);
  await api.signIn(product.password as string);
  const [machine] = (await api.get<{ items: Machine[] }>('/machines')).items;
  const endpoint = await api.post<SavedEndpoint>('/endpoints', { name: 'orders', url: source.url });
  const start = async (name: string, to: RedisServer, mode: string) => {
    const ends = { source: { endpointId: endpoint.id }, target: { url: to.url } };
    const migration = await api.post<Migration>('/migrations', { name, ...ends, machineIds: [machine?.id], mode });
    await api.post(`/migrations/${migration.id}/start`);
    return migration.id;
  };
  const ended = await start('copied once', other, 'full');
  await reach(api, ended, 'completed');
  await other.client.set('extra on the target', '1');
  const id = await start('orders to the new server', target, 'sync');
  await reach(api, id, 'incremental_sync');
  await target.client.set('extra on the target', '1');
  const check = await api.post<Check>(`/migrations/${id}/checks`, { mode: 'full' });
  await reach(api, check.id, 'inconsistent', 'checks');
  return [
    '/migrations',
    ...['source', 'target', 'options', 'preflight', 'review'].map((step) => `/migrations/new/${step}`),
    ...['overview', 'progress', 'logs', 'config', 'checks', 'history'].map((tab) => `/migrations/${id}/${tab}`),
    '/checks',
    `/checks/${check.id}`,
    '/history',
    '/machines',
    '/machines/new',
    `/machines/${machine?.id}`,
    '/endpoints',
    '/endpoints/new',
    `/endpoints/${endpoint.id}`,
    ...['users', 'tokens', 'audit', 'general'].map((tab) => `/settings/${tab}`),
    '/no-such-page',
  ];
}

async function settle(page: Page): Promise<void> {
  await expect(page.getByRole('main').getByRole('heading').first()).toBeVisible();
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
}

async function faultsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const seen = violations.map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  return overflow > 0 ? [...seen, `${overflow} px wider than the window`] : seen;
}

async function takePicture(page: Page, name: string): Promise<void> {
  fs.mkdirSync(pictures as string, { recursive: true });
  await page.screenshot({ path: path.join(pictures as string, `${name}.png`), fullPage: true });
}
