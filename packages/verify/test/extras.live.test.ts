import { type RedisServer, startRedis } from '@cacheferry/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { check } from './open-check.ts';

let source: RedisServer;
let target: RedisServer;
beforeAll(async () => {
  [source, target] = await Promise.all([startRedis(), startRedis()]);
});
afterAll(() => Promise.all([source.stop(), target.stop()]));
beforeEach(() => Promise.all([source.client.flushall(), target.client.flushall()]));

test('bookkeeping of an earlier migration on the source does not stand for a key that only the target has', async () => {
  await source.client.mset('a', '1', 'cf:ck:earlier', '1');
  await target.client.mset('a', '1', 'only here', '1');
  expect((await check(source, target)).brief).toEqual(['0 only here extra']);
  await target.client.del('only here');
  expect((await check(source, target)).result.verdict).toBe('consistent');
});

test('a key outside a sample does not stand for one of the sample that only the target has', async () => {
  const keys = Array.from({ length: 200 }, (_, n) => `k${n}`);
  await Promise.all([source, target].map(({ client }) => client.mset(keys.flatMap((key) => [key, '1']))));
  await source.client.flushall();
  const { brief } = await check(source, target, { mode: 'sample:20' });
  const sampled = brief.map((line) => line.split(' ')[1]);
  expect(sampled.length).toBeGreaterThan(1);
  // Both have 199 keys; of the sample the target has one more than the source.
  const [only = ''] = sampled;
  const shared = keys.filter((key) => key !== only).slice(0, 199);
  const missing = shared.find((key) => !sampled.includes(key)) ?? '';
  await source.client.mset(shared.flatMap((key) => [key, '1']));
  await target.client.del(missing);
  expect((await check(source, target, { mode: 'sample:20' })).brief).toEqual([`0 ${only} extra`]);
});
