import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { errorDocs } from './error-docs.ts';

test('the page of error codes is the one that the catalogue gives (npm run docs writes it)', () => {
  const page = fs.readFileSync(path.resolve(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
  expect(page).toBe(errorDocs());
});
