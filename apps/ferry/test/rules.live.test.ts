import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFerry, removeDir, runFerry, startRedis, stopEverything, tempDir } from '@cacheferry/testkit';
import { afterEach, beforeAll, expect, test } from 'vitest';

const dirs: string[] = [];
beforeAll(bundleFerry);
afterEach(async () => {
  await stopEverything();
  for (const dir of dirs.splice(0)) removeDir(dir);
});

const rules = ['--filter', 'user:*', '--exclude', 'regex:secret$', '--db-map', '0:5', '--key-prefix', 'user:member'];

test('migrate and check understand the same rules', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  await source.client.mset('user:1', 'a', 'user:2', 'b', 'user:secret', 'c', 'cart:1', 'd');
  await target.client.set('foreign', 'x');
  const ends = [source.url, target.url];
  const copied = await runFerry(['migrate', ...ends, '--mode', 'full', '--on-conflict', 'skip', ...rules]);
  expect([copied.code, copied.stderr]).toEqual([0, expect.any(String)]);
  await target.client.select(5);
  expect((await target.client.keys('*')).sort()).toEqual(['member:1', 'member:2']);
  expect((await runFerry(['check', ...ends, ...rules])).code).toBe(0);
  expect((await runFerry(['check', ...ends, '--rounds', '1', '--interval', '50'])).code).toBe(2);

  await target.client.set('member:1', 'changed');
  const dir = tempDir('rules');
  dirs.push(dir);
  const out = join(dir, 'conflicts.jsonl');
  const found = await runFerry(['check', ...ends, ...rules, '--rounds', '1', '--interval', '50', '--out', out]);
  expect(found.code).toBe(2);
  const conflict = JSON.parse(readFileSync(out, 'utf8')) as { db: number; key: string; class: string };
  expect([conflict.db, Buffer.from(conflict.key, 'base64').toString(), conflict.class]).toEqual([0, 'user:1', 'value']);
});

test.each([
  [['--filter', 'type:hsh'], /--filter type:hsh: there is no type hsh; the types are string/],
  [['--exclude', 'regex:(a'], /--exclude regex:\(a: the regular expression has a \( without its \)/],
  [['--key-prefix', 'old'], /--key-prefix old: write old:new/],
  [['--ttl-cap', 'soon'], /--ttl-cap soon is not understood; write a time/],
  [['--db-map', 'a:b'], /--db-map has no valid value/],
])('%j is refused before anything is asked', async (flags, problem) => {
  for (const name of ['migrate', 'check', 'preflight']) {
    const { code, stderr } = await runFerry([name, 'redis://127.0.0.1:1', 'redis://127.0.0.1:2', ...flags]);
    expect([code, stderr]).toEqual([64, expect.stringMatching(problem)]);
  }
});
