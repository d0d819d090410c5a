import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FaultProxy, faultProxy, type RedisServer, startRedis, stopEverything, waitFor } from '../src/index.ts';

let server: RedisServer;
let proxy: FaultProxy;
let client: Redis;
let losses: number;

beforeEach(async () => {
  server = await startRedis();
  proxy = await faultProxy(server);
  client = new Redis({ port: proxy.port, maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  losses = 0;
  client.on('error', () => {}).on('close', () => losses++);
  await client.ping();
});
afterEach(async () => {
  client.disconnect();
  await stopEverything();
});

test('bytes pass unchanged both ways', async () => {
  const value = Buffer.alloc(3_000_000, 'abcdefg');
  await client.set('k', value);
  expect((await client.getBuffer('k'))?.equals(value)).toBe(true);
});

test('latency delays an answer', async () => {
  proxy.set({ latencyMs: 60 });
  const start = performance.now();
  await client.ping();
  expect(performance.now() - start).toBeGreaterThan(115);
});

test('a rate holds bytes back', async () => {
  await server.client.set('k', 'x'.repeat(50_000));
  proxy.set({ rate: 100_000 });
  const start = performance.now();
  await client.get('k');
  expect(performance.now() - start).toBeGreaterThan(350);
});

test('a cut after so many bytes breaks the connection once', async () => {
  await server.client.set('k', 'x'.repeat(10_000));
  proxy.set({ cutDown: 4096 });
  await expect(client.get('k')).rejects.toThrow();
  await waitFor(async () => (await client.get('k'))?.length === 10_000);
  expect(losses).toBe(1);
});

test('a blackhole takes bytes and gives none', async () => {
  proxy.set({ mode: 'blackhole' });
  let answered = false;
  const ping = client.ping().then(
    () => (answered = true),
    () => {},
  );
  await server.client.ping();
  proxy.cut();
  await ping;
  expect(answered).toBe(false);
});

test('resets until it is healed', async () => {
  proxy.set({ mode: 'reset' });
  await expect(client.ping()).rejects.toThrow();
  proxy.heal();
  await waitFor(() => client.ping());
});

test('one bit turns over on its way', async () => {
  await server.client.set('k', 'a'.repeat(100));
  proxy.set({ flipDown: 50 });
  const got = await client.get('k');
  expect([...(got ?? '')].filter((letter) => letter !== 'a')).toEqual(['q']);
  expect(await client.get('k')).toBe('a'.repeat(100));
});
