import type { Machine } from '@cacheferry/contract';
import { AxeBuilder } from '@axe-core/playwright';
import { type RedisCluster, type Sshd, startCluster, startSshd, tempDir, waitFor } from '@cacheferry/testkit';
import { expect, type Page, test } from '@playwright/test';
import { Api } from './api.ts';
import { confirmAndStart, expectConsistent, nameCluster, press, signIn, writeStrings } from './by-hand.ts';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

/** Where pictures of the pages go; none are taken when unset. */
const pictures = process.env.LOOKS_DIR;
const masters = 4;
const name = 'orders over two machines';
let product: Product;
let machine: Sshd;
let source: RedisCluster;
let target: RedisCluster;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, machine, source, target] = await Promise.all([
    startProduct(),
    startSshd(),
    startCluster({ masters, password: 'source password' }),
    startCluster({ password: 'target password' }),
  ]);
  await writeStrings(source, 'order', 2_000);
  await addMachine();
});
test.afterAll(async () => {
  await product?.stop();
  await Promise.all([source?.stop(), target?.stop(), machine?.stop()]);
});

async function addMachine(): Promise<void> {
  const api = new Api(product.url);
  await api.signIn(product.password as string);
  const { host, port, username, privateKey, fingerprint } = machine;
  const login = { host, port, username, auth: { kind: 'key', privateKey }, workDir: tempDir('remote-work') };
  const { id } = await api.post<Machine>('/machines', { name: 'second', kind: 'ssh', slots: 4, ...login });
  const seen = async () => (await api.get<Machine>(`/machines/${id}`)).seenHostKey;
  await waitFor(seen, { deadlineMs: 60_000, what: 'the host key' });
  await api.post(`/machines/${id}/trust`, { fingerprint });
  const isReady = async () => (await api.get<Machine>(`/machines/${id}`)).state === 'ready';
  await waitFor(isReady, { deadlineMs: 60_000, what: 'the machine to be ready' });
}

test('two machines share the shards of a cluster, chosen by keyboard, and the page tells who has which', async ({
  page,
}) => {
  test.setTimeout(400_000);
  const watched = watchPage(page);
  await signIn(page, product);
  await page.goto(`${product.url}/migrations/new/source`);
  await nameCluster(page, source, 1);
  await press(page, 'Next');
  await nameCluster(page, target, 0);
  await press(page, 'Next');
  await press(page, 'Next');
  await test.step('a second machine is added to the first', async () => {
    const second = page.getByRole('group', { name: 'More machines' }).getByRole('checkbox', { name: /^second/ });
    await second.focus();
    await page.keyboard.press('Space');
    await expect(second).toBeChecked();
    await look(page, 'several-machines-form');
  });
  await test.step('each machine answers the preflight for itself', async () => {
    await expect(page.getByLabel('These are the servers that I mean')).toBeVisible({ timeout: 90_000 });
    await expect(page.getByText('Running', { exact: true })).toHaveCount(0, { timeout: 90_000 });
    await page.getByText(/\d+ checks passed/).click({ timeout: 90_000 });
    for (const one of ['This machine', 'second'])
      await expect(page.getByRole('listitem').filter({ hasText: one }).first()).toBeVisible();
    // What both say alike is said once.
    const same = page.getByRole('listitem').filter({ hasText: 'Rights at the source' });
    await expect(same).toHaveCount(1);
    for (const one of ['This machine', 'second']) await expect(same).not.toContainText(one);
    await look(page, 'several-machines-preflight');
  });
  await confirmAndStart(page, name);
  await test.step('each has its shards', () => expectShares(page));
  await test.step('a full check says consistent', () => expectConsistent(page));
  expect(watched.problems()).toEqual([]);
});

async function expectShares(page: Page): Promise<void> {
  await expect(page.getByRole('main')).toContainText('Live sync', { timeout: 90_000 });
  const machines = page.getByRole('table', { name: 'Machines' });
  for (const one of ['This machine', 'second'])
    await expect(machines.getByRole('row').filter({ hasText: one })).toContainText(/Live sync.*2/s, {
      timeout: 60_000,
    });
  const shards = page.getByRole('table', { name: 'Shards' });
  await expect(shards.getByRole('row').filter({ hasText: 'second' })).toHaveCount(2);
  await expect(shards.getByRole('row').filter({ hasText: 'This machine' })).toHaveCount(2);
  await look(page, 'several-machines');
}

async function look(page: Page, picture: string): Promise<void> {
  if (pictures) await page.screenshot({ path: `${pictures}/${picture}.png`, fullPage: true });
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}
