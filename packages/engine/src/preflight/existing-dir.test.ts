import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { existingDir } from './existing-dir.ts';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ferry-existing-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));

test('a folder that exists is itself', async () => {
  expect(await existingDir(dir)).toBe(dir);
});

test('for one that does not exist yet it is the nearest one above, and nothing is made', async () => {
  expect(await existingDir(path.join(dir, 'not', 'yet'))).toBe(dir);
  expect(fs.readdirSync(dir)).toEqual([]);
});

test('what cannot be a folder is given back, so that writing there says why', async () => {
  fs.writeFileSync(path.join(dir, 'file'), '');
  const within = path.join(dir, 'file', 'state');
  expect(await existingDir(within)).toBe(within);
});
