import type { Check, Machine, Migration, SavedEndpoint } from '@cacheferry/contract';
import { type RedisServer, startRedis } from '@cacheferry/testkit';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { Api, reach } from './api.ts';
import { signIn } from './by-hand.ts';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

let product: Product;
let servers: RedisServer[];
let ids: Record<'running' | 'ended' | 'check' | 'machine' | 'endpoint', string>;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, ...servers] = await Promise.all([startProduct(), startRedis(), startRedis(), startRedis()]);
  ids = await fillProduct();
});
test.afterAll(async () => {
  await product?.stop();
  await Promise.all(servers?.map((server) => server.stop()) ?? []);
});

/** One of everything that has a dialog. */
async function fillProduct(): Promise<typeof ids> {
  const [source, target, other] = servers as [RedisServer, RedisServer, RedisServer];
  await source.client.set('order:1', 'value');
  const api = new Api(product.url);
  await api.signIn(product.password as string);
  const [local] = (await api.get<{ items: Machine[] }>('/machines')).items;
  const start = async (name: string, to: RedisServer, mode: string) => {
    const ends = { source: { url: source.url }, target: { url: to.url } };
    const { id } = await api.post<Migration>('/migrations', { name, ...ends, machineIds: [local?.id], mode });
    await api.post(`/migrations/${id}/start`);
    await reach(api, id, mode === 'full' ? 'completed' : 'incremental_sync');
    return id;
  };
  const [running, ended] = [await start('running', target, 'sync'), await start('ended', other, 'full')];
  await target.client.set('extra', '1');
  const check = await api.post<Check>(`/migrations/${running}/checks`, { mode: 'full', intervalMs: 100 });
  await reach(api, check.id, 'inconsistent', 'checks');
  const auth = { kind: 'password', password: 'a password' };
  const ssh = { kind: 'ssh', host: '127.0.0.1', port: 1, username: 'nobody', auth };
  const machine = await api.post<Machine>('/machines', { name: 'second', ...ssh });
  const endpoint = await api.post<SavedEndpoint>('/endpoints', { name: 'orders', url: source.url });
  await api.post('/users', { username: 'erin', password: 'seven quiet harbour lanterns', role: 'viewer' });
  await api.post('/tokens', { name: 'robot', role: 'viewer' });
  return { running, ended, check: check.id, machine: machine.id, endpoint: endpoint.id };
}

const button = (name: string | RegExp) => (page: Page) =>
  page.getByRole('button', { name, exact: typeof name === 'string' }).first();

/** Every dialog: where it is, what opens it, and what is chosen in a menu where one comes between. */
const dialogs: { name: string; at: () => string; opener: (page: Page) => Locator; item?: string }[] = [
  { name: 'the search', at: () => '/migrations', opener: button(/^Search/) },
  { name: 'the shortcuts', at: () => '/migrations', opener: button('admin'), item: 'Keyboard shortcuts' },
  { name: 'stop', at: () => `/migrations/${ids.running}/overview`, opener: button('Stop') },
  { name: 'speed', at: () => `/migrations/${ids.running}/overview`, opener: button('Speed limit') },
  {
    name: 'remove notes',
    at: () => `/migrations/${ids.ended}/overview`,
    opener: button('More actions'),
    item: 'Remove notes on the target',
  },
  { name: 'delete', at: () => `/migrations/${ids.ended}/overview`, opener: button('More actions'), item: 'Delete' },
  { name: 'repair', at: () => `/checks/${ids.check}`, opener: button('Repair') },
  { name: 'a conflict', at: () => `/checks/${ids.check}`, opener: button('extra') },
  { name: 'change a machine', at: () => `/machines/${ids.machine}`, opener: button('Edit') },
  { name: 'remove a machine', at: () => `/machines/${ids.machine}`, opener: button('Remove') },
  { name: 'remove an endpoint', at: () => `/endpoints/${ids.endpoint}`, opener: button('Remove') },
  { name: 'add a user', at: () => '/settings/users', opener: button('Add a user') },
  {
    name: 'a new password',
    at: () => '/settings/users',
    opener: (page) => page.getByRole('row', { name: /erin/ }).getByRole('button', { name: 'New password' }),
  },
  {
    name: 'remove a user',
    at: () => '/settings/users',
    opener: (page) => page.getByRole('row', { name: /erin/ }).getByRole('button', { name: 'Remove' }),
  },
  { name: 'make a token', at: () => '/settings/tokens', opener: button('Make a token') },
  { name: 'revoke a token', at: () => '/settings/tokens', opener: button('Revoke') },
  { name: 'an entry of the audit', at: () => '/settings/audit', opener: button('Show') },
];

test('every dialog by keyboard: Tab stays within, Escape closes it, and the focus comes back', async ({ page }) => {
  test.setTimeout(240_000);
  const watched = watchPage(page);
  await signIn(page, product);
  for (const { name, at, opener, item } of dialogs)
    await test.step(name, async () => {
      await page.goto(product.url + at());
      const from = opener(page);
      await from.focus();
      await page.keyboard.press('Enter');
      if (item !== undefined) await chooseItem(page, item);
      const dialog = page.getByRole('dialog');
      await expect(dialog).toBeVisible();
      await expectFocusWithin(page, dialog);
      await page.keyboard.press('Escape');
      await expect(dialog).toHaveCount(0);
      await expect(from).toBeFocused();
    });
  expect(watched.problems()).toEqual([]);
});

test('what is typed to confirm is confirmed by Enter on its button, not by Enter while it is typed', async ({
  page,
}) => {
  const watched = watchPage(page);
  await signIn(page, product);
  await page.goto(`${product.url}/settings/tokens`);
  await button('Revoke')(page).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(dialog.getByRole('textbox')).toBeFocused();
  await page.keyboard.type('robot');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(dialog.getByRole('button', { name: 'Revoke' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('row', { name: /robot/ })).toHaveCount(0);
  expect(watched.problems()).toEqual([]);
});

async function chooseItem(page: Page, item: string): Promise<void> {
  const chosen = page.getByRole('menuitem', { name: item });
  for (let step = 0; step < 8 && !(await isFocused(chosen)); step++) await page.keyboard.press('ArrowDown');
  await expect(chosen).toBeFocused();
  await page.keyboard.press('Enter');
}

const isFocused = (one: Locator): Promise<boolean> => one.evaluate((element) => element === document.activeElement);

/** Goes round in both directions, further than any dialog is long. */
async function expectFocusWithin(page: Page, dialog: Locator): Promise<void> {
  const isWithin = () => dialog.evaluate((element) => element.contains(document.activeElement));
  await expect.poll(isWithin).toBe(true);
  for (const key of [...Array<string>(20).fill('Tab'), ...Array<string>(5).fill('Shift+Tab')]) {
    await page.keyboard.press(key);
    expect(await isWithin()).toBe(true);
  }
}
