import { type RedisServer, startRedis } from '@cacheferry/testkit';
import { expect, type Page, test } from '@playwright/test';
import { fill, press, signIn } from './by-hand.ts';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

let product: Product;
let source: RedisServer;
let target: RedisServer;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  [product, source, target] = await Promise.all([startProduct(), startRedis(), startRedis()]);
  await source.client.set('order:1', 'value');
});
test.afterAll(async () => {
  await product?.stop();
  await Promise.all([source?.stop(), target?.stop()]);
});

for (const width of [1440, 390])
  test(`the buttons of a new migration stay where they are at ${width} px, and cover nothing`, async ({ page }) => {
    const watched = watchPage(page);
    await page.setViewportSize({ width, height: 900 });
    await signIn(page, product);
    await page.goto(`${product.url}/migrations/new/source`);
    const places = [await placeOf(page, 'Next')];
    for (const server of [source, target]) {
      await fill(page, 'Host', server.host);
      await fill(page, 'Port', String(server.port));
      places.push(await placeOf(page, 'Next'));
      await press(page, 'Next');
    }
    await expect(page.getByRole('heading', { name: 'What is copied' })).toBeVisible();
    places.push(await placeOf(page, 'Next'));
    await expectFocusInSight(page);
    await press(page, 'Next');
    places.push(...(await placesDuringPreflight(page)));
    expect(new Set(places)).toEqual(new Set([places[0]]));
    await expectLastRowInSight(page);
    await press(page, 'Next');
    await expect(page.getByRole('button', { name: 'Start the migration' })).toBeInViewport({ ratio: 1 });
    expect(watched.problems()).toEqual([]);
  });

async function placeOf(page: Page, name: string): Promise<string> {
  const box = await page.getByRole('button', { name, exact: true }).boundingBox();
  return JSON.stringify([box?.x, box?.y]);
}

/** Where the button was from the first row that came to the last. */
async function placesDuringPreflight(page: Page): Promise<string[]> {
  const places: string[] = [];
  await expect(async () => {
    places.push(await placeOf(page, 'Next'));
    await expect(page.getByText(/\d+ checks passed/)).toBeVisible({ timeout: 50 });
    await expect(page.getByText('Running', { exact: true })).toHaveCount(0, { timeout: 50 });
  }).toPass({ timeout: 60_000, intervals: [50] });
  places.push(await placeOf(page, 'Next'));
  return places;
}

/** What the keyboard goes to is never under the foot or the bar. */
async function expectFocusInSight(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'New migration' }).focus();
  for (let step = 0; step < 30; step++) {
    await page.keyboard.press('Tab');
    const hidden = await page.evaluate(() => {
      const focused = document.activeElement;
      const { top, bottom, left } = focused?.getBoundingClientRect() ?? new DOMRect();
      const seen = document.elementFromPoint(left + 2, (top + bottom) / 2);
      const isSeen = seen !== null && (focused?.contains(seen) || focused?.parentElement?.contains(seen));
      return focused === document.body || isSeen ? null : focused?.outerHTML;
    });
    expect(hidden).toBeNull();
  }
}

/** Scrolled to its end, the last of the preflight's rows stands above the buttons. */
async function expectLastRowInSight(page: Page): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  const last = await page.getByRole('main').locator('section').last().boundingBox();
  const foot = await page.getByRole('button', { name: 'Next', exact: true }).boundingBox();
  expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThan(foot?.y ?? 0);
}
