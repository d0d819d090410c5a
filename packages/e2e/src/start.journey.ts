import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { type Product, startProduct } from './product.ts';
import { watchPage } from './watch-page.ts';

const own = 'a harbour of 41 quiet gulls';
let product: Product;
test.beforeAll(async () => {
  test.setTimeout(180_000);
  product = await startProduct({ password: null });
});
test.afterAll(() => product.stop());

test('the one-time password opens the product once, and the own one from then on', async ({ page }) => {
  const watched = watchPage(page);
  const [, once = ''] = /one-time password (\S+)/.exec(product.output) ?? [];
  expect(once).not.toBe('');
  const signIn = async (password: string) => {
    await page.getByLabel('User name').fill('admin');
    await page.locator('input[name=password]').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await page.goto(`${product.url}/machines`);
  await test.step('a wrong password is refused', async () => {
    await signIn('not the password');
    await expect(page.getByText('User name or password is wrong')).toBeVisible();
  });
  await test.step('the one-time password leads to choosing an own one', async () => {
    await signIn(once);
    await page.locator('input[name=current]').fill(once);
    await page.locator('input[name=next]').fill(own);
    await page.locator('input[name=again]').fill(own);
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.getByRole('heading', { name: 'Migrations' })).toBeVisible();
  });
  await test.step('it does so once', async () => {
    await page.context().clearCookies();
    await page.goto(`${product.url}/machines`);
    await signIn(once);
    await expect(page.getByText('User name or password is wrong')).toBeVisible();
    await signIn(own);
    await expect(page.getByRole('heading', { name: 'Machines' })).toBeVisible();
    await expect(page.getByText('This machine').first()).toBeVisible();
  });
  expect(watched.problems()).toEqual([]);
});

test('the page of the API is readable without any script', async ({ page }) => {
  const watched = watchPage(page);
  await page.goto(`${product.url}/api/docs`);
  await expect(page.getByRole('heading', { name: 'Migrations' })).toBeVisible();
  await page.getByText('/api/v1/migrations/{id}/start').click();
  await expect(page.locator('#postMigrationsIdStart').getByText('Needs the role operator.')).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  expect(watched.problems()).toEqual([]);
});
