import { parseEndpointUrl } from '@cacheferry/contract';
import { freePort, type SentinelGroup, startSentinel, stopEverything } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTopology } from '../src/index.ts';

let one: SentinelGroup;
let other: SentinelGroup;
let locked: SentinelGroup;
let closed: string;

beforeAll(async () => {
  const small = { replicas: 0, sentinels: 1 };
  [one, other, locked] = await Promise.all([
    startSentinel(small),
    startSentinel(small),
    startSentinel({ ...small, password: 'p', sentinelPassword: 's' }),
  ]);
  await locked.sentinels[0]?.client.call('ACL', 'SETUSER', 'watch', 'on', '>w', '+@all');
  closed = `127.0.0.1:${await freePort()}`;
});
afterAll(() => stopEverything());

const hostOf = (group: SentinelGroup) => `127.0.0.1:${group.sentinels[0]?.port}`;

async function locate(url: string) {
  const topology = await openTopology(parseEndpointUrl(url), 'source');
  try {
    return await topology.shards[0]?.locate();
  } finally {
    await topology.close();
  }
}

describe('an address of sentinels', () => {
  test.each<[string, () => string, () => number | undefined]>([
    ['the one sentinel', () => one.url, () => one.servers[0]?.port],
    [
      'a sentinel beside one that is gone',
      () => `redis+sentinel://${closed},${hostOf(one)}/mymaster`,
      () => one.servers[0]?.port,
    ],
    ['passwords for sentinel and server', () => `${locked.url}?sentinelPassword=s`, () => locked.servers[0]?.port],
    [
      'a user of the sentinels',
      () => `${locked.url}?sentinelUser=watch&sentinelPassword=w`,
      () => locked.servers[0]?.port,
    ],
  ])('%s leads to the primary', async (_, url, port) => {
    expect(await locate(url())).toMatchObject({ host: '127.0.0.1', port: port() });
  });

  test.each<[string, () => string, string]>([
    ['a name that is not watched', () => `redis+sentinel://${hostOf(one)}/nobody`, 'sentinel.unknown_master'],
    ['no sentinel that answers', () => `redis+sentinel://${closed}/mymaster`, 'sentinel.unreachable'],
    ['no password for the sentinels', () => locked.url, 'endpoint.auth_required'],
    [
      'a user whom the sentinels do not know',
      () => `${locked.url}?sentinelUser=x&sentinelPassword=w`,
      'endpoint.auth_failed',
    ],
    ['a wrong password for the sentinels', () => `${locked.url}?sentinelPassword=x`, 'endpoint.auth_failed'],
    [
      'a wrong password for the server',
      () => `redis+sentinel://:x@${hostOf(locked)}/mymaster?sentinelPassword=s`,
      'endpoint.auth_failed',
    ],
    [
      'sentinels of different groups',
      () => `redis+sentinel://${hostOf(one)},${hostOf(other)}/mymaster`,
      'sentinel.disagree',
    ],
  ])('%s is said', async (_, url, code) => {
    await expect(locate(url())).rejects.toMatchObject({ code });
  });
});
