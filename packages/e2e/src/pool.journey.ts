import fs from 'node:fs';
import {
  dumpAll,
  freePort,
  type Nutcracker,
  type RedisServer,
  startNutcracker,
  startRedis,
  stopEverything,
} from '@cacheferry/testkit';
import { expect, type Page, test } from '@playwright/test';
import { confirmAndStart, fill, press, signIn } from './by-hand.ts';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

const keys = 1_000;
const password = 'pool password';
const name = 'sessions out of the pool';
let product: Product;
let servers: RedisServer[];
let target: RedisServer;
let proxy: Nutcracker;
let file: string;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, target, ...servers] = await Promise.all([
    startProduct(),
    startRedis(),
    startRedis({ password }),
    startRedis({ password }),
  ]);
  const lines = servers.map(({ port }, at) => `127.0.0.1:${port}:${at + 1} server${at}`);
  const shared = { redis: true, hash: 'murmur', hash_tag: '{}', timeout: 10_000, redis_auth: password };
  proxy = await startNutcracker({
    items: { servers: [`127.0.0.1:${await freePort()}:1`] },
    gone: { ...shared, servers: [`127.0.0.1:${await freePort()}:1`] },
    sessions: { ...shared, distribution: 'modula', servers: lines },
  });
  await proxy.send(
    'sessions',
    Array.from({ length: keys }, (_, n) => ['SET', `session:{${n}}`, `value ${n}`]),
  );
  file = fs.readFileSync(proxy.file, 'utf8');
});
test.afterAll(async () => {
  await product?.stop();
  await stopEverything();
});

test('a nutcracker.yml is pasted, its pool is chosen, and its keys are moved', async ({ page }) => {
  test.setTimeout(240_000);
  const watched = watchPage(page);
  await signIn(page, product);
  await page.goto(`${product.url}/migrations/new/source`);
  await page.locator('select[name=kind]').selectOption('twemproxy');
  await test.step('a hash that nobody knows is named', async () => {
    await paste(page, file.replaceAll('murmur', 'sha1'));
    await expect(page.getByRole('main')).toContainText('The pool gone has the hash sha1, which is unknown');
  });
  await test.step('what the file says is shown, and its password goes its own way', async () => {
    await paste(page, file);
    await expect(page.locator('input[name=paths]')).toHaveValue(/^upload:.*nutcracker\.yml$/, { timeout: 20_000 });
    await expect(page.locator('select[name=pool] option')).toHaveText(['gone', 'sessions']);
    await expect(page.locator('input[name=password]')).toHaveValue(password);
    const draft = await page.evaluate(() => sessionStorage.getItem('cacheferry.draft'));
    expect(draft).not.toContain(password);
  });
  await test.step('a server that is not there is named', async () => {
    await press(page, 'Test');
    await expect(page.getByRole('main')).toContainText('endpoint.unreachable', { timeout: 60_000 });
  });
  await test.step('another pool has other servers', async () => {
    await page.locator('select[name=pool]').selectOption('sessions');
    const found = page.getByRole('region', { name: 'Pool sessions' });
    for (const text of ['murmur', 'modula', '{}', ...servers.map(({ port }) => `127.0.0.1:${port}`)])
      await expect(found).toContainText(text);
    await press(page, 'Test');
    await expect(page.getByRole('main')).toContainText('It answers', { timeout: 60_000 });
    await press(page, 'Next');
  });
  await fill(page, 'Host', target.host);
  await fill(page, 'Port', String(target.port));
  await press(page, 'Next');
  await press(page, 'Next');
  await confirmAndStart(page, name);
  await test.step('every key arrives', async () => {
    await expect(page.getByRole('main')).toContainText('Live sync', { timeout: 90_000 });
    await proxy.send('sessions', [['SET', 'session:{7}', 'changed']]);
    await expect(async () => {
      const there = [...(await dumpAll(target.client))].filter(([key]) => !key.startsWith('0 cf:'));
      const dumps = await Promise.all(servers.map(({ client }) => dumpAll(client)));
      const here = dumps.flatMap((dump) => [...dump]);
      expect(there.sort()).toEqual(here.sort());
      expect(there.length).toBe(keys);
    }).toPass({ timeout: 60_000 });
  });
  expect(watched.problems()).toEqual([]);
});

async function paste(page: Page, text: string): Promise<void> {
  await page.locator('textarea[name=poolFile]').fill(text);
  await press(page, 'Read the file');
}
