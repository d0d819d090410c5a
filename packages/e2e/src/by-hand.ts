import type { RedisCluster } from '@cacheferry/testkit';
import { expect, type Locator, type Page } from '@playwright/test';
import type { Product } from './product.ts';

/** Signs in with the one-time password, by typing it. */
export async function signIn(page: Page, product: Product): Promise<void> {
  await page.goto(product.url);
  await page.getByLabel('User name').fill('admin');
  await page.locator('input[type=password]').fill(product.password as string);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Migrations' })).toBeVisible();
}

/** Clicks what is called so, be it a link, a button or a tab. */
export async function press(page: Page, label: string): Promise<void> {
  const named = { name: label, exact: true };
  await page
    .getByRole('link', named)
    .or(page.getByRole('button', named))
    .or(page.getByRole('tab', named))
    .first()
    .click();
}

/** Fills the field whose label begins so: required ones carry a mark. */
export async function fill(page: Page, label: string, text: string): Promise<void> {
  await page
    .getByRole('textbox', { name: new RegExp(`^${label}`) })
    .first()
    .fill(text);
}

/** Names a cluster by one of its nodes and lets the form find the others; gives the table that shows them. */
export async function nameCluster(page: Page, cluster: RedisCluster, nodeIndex: number): Promise<Locator> {
  const { host, port, password } = cluster.node(nodeIndex).server;
  await fill(page, 'Host', host);
  await fill(page, 'Port', String(port));
  if (password) await page.locator('input[type=password]').first().fill(password);
  await press(page, 'Test');
  await page.getByRole('button', { name: 'Use the whole cluster' }).click({ timeout: 60_000 });
  await press(page, 'Test');
  const found = page.getByRole('table', { name: 'Shards' });
  await expect(found.getByRole('row')).toHaveCount(1 + cluster.nodes.length, { timeout: 60_000 });
  for (const { server } of cluster.nodes) await expect(found).toContainText(`${server.host}:${server.port}`);
  return found;
}

/** From the preflight to a migration that runs: warnings are read, the servers that were found are confirmed. */
export async function confirmAndStart(page: Page, name: string, seen?: () => Promise<void>): Promise<void> {
  const confirm = page.getByLabel('These are the servers that I mean');
  await expect(confirm).toBeVisible({ timeout: 90_000 });
  await seen?.();
  await press(page, 'Next');
  await fill(page, 'Name of the migration', name);
  const start = page.getByRole('button', { name: 'Start the migration' });
  await expect(async () => {
    for (const box of await page.getByLabel('I have read this').all()) await box.check();
    await expect(page.getByRole('main')).toContainText('Confirm the servers that were found.', { timeout: 500 });
  }).toPass({ timeout: 90_000 });
  await expect(start).toHaveAttribute('aria-disabled', 'true');
  await confirm.check();
  await start.click();
  await expect(page.getByRole('heading', { name })).toBeVisible({ timeout: 30_000 });
}

/** Starts a full check on a migration's page, and waits until it finds no difference. */
export async function expectConsistent(page: Page): Promise<void> {
  await page.getByRole('main').getByText('Checks', { exact: true }).click();
  await press(page, 'Start check');
  await expect(page.getByRole('main')).toContainText('both sides are the same', { timeout: 120_000 });
}

/** Writes that many strings, called `prefix:0` and so on. */
export async function writeStrings(cluster: RedisCluster, prefix: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 100)
    await Promise.all(
      Array.from({ length: Math.min(100, count - n) }, (_, at) => cluster.client.set(`${prefix}:${n + at}`, 'value')),
    );
}
