import { type Client, hasServer, type RedisServer, startRedis } from '@cacheferry/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asAddress, check } from './open-check.ts';

const far = 4_102_444_800_000;
const here = await hasServer('redis@8.0');
const acl = (without: string) => [
  'user default on nopass ~* &* +@all',
  `user limited on nopass ~* &* +@all -${without}`,
];
let plain: RedisServer;
let newer: RedisServer;

beforeAll(async () => {
  plain = await startRedis({ acl: acl('pexpiretime') });
  await fill(plain.client);
  if (!here) return;
  newer = await startRedis({ version: 'redis@8.0', acl: acl('hpexpiretime') });
  await fill(newer.client);
});
afterAll(() => Promise.all([plain.stop(), here ? newer.stop() : null]));

/** About 5 MB that hardly pack. */
const fill = (client: Client) =>
  client.eval(`for i=1,120000 do redis.call('HSET', 'hash', i, redis.sha1hex(i)) end`, 0);

const asLimited = (server: RedisServer) => ({ ...asAddress(server), user: 'limited' });

test.skipIf(!here)('fields of a big hash that expire differ from those on a server whose fields never do', async () => {
  expect((await check(newer, plain)).result.verdict).toBe('consistent');
  await newer.client.call('HPEXPIREAT', 'hash', far, 'FIELDS', 2, '7', '120000');
  const { brief, conflicts } = await check(newer, plain);
  expect(brief).toEqual(['0 hash ttl']);
  const [record] = conflicts;
  expect(record?.detail.differences?.map(({ at }) => at).sort()).toEqual(['field 120000', 'field 7']);
  expect((await check(plain, newer)).brief).toEqual(['0 hash ttl']);
});

test.skipIf(!here)('fields of a big hash whose expiries may not be seen are not taken to have none', async () => {
  await expect(check(asLimited(newer), newer)).rejects.toMatchObject({ code: 'endpoint.no_permission' });
});

test('a big key whose expiry may not be seen is not taken to have none', async () => {
  await expect(check(asLimited(plain), plain)).rejects.toMatchObject({ code: 'endpoint.no_permission' });
});
