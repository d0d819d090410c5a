import { expect, type Page } from '@playwright/test';
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
