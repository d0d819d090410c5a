import {
  type RedisCluster,
  type RedisServer,
  spawnFerry,
  startCluster,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { statusOf } from './cluster-level.ts';
import { at } from './expiry-lives.ts';
import { expectEqualSoon } from './migration.ts';

afterEach(() => stopEverything());

type Source = { client: RedisServer['client'] | RedisCluster['client']; url: string };
const told = ['--notify-keyspace-events', 'KA'];

async function scanned(open: Promise<RedisServer | RedisCluster>): Promise<Source> {
  const { client, url } = await open;
  return { client, url: url.replace(/^redis/, 'redis-scan') };
}

const sources: [string, () => Promise<Source>][] = [
  ['a server that tells what changes', () => scanned(startRedis({ args: told }))],
  ['a cluster that tells what changes', () => scanned(startCluster({ args: told }))],
  ['a server that does not', () => scanned(startRedis())],
];

const names = (kind: string) => Array.from({ length: 200 }, (_, n) => `${kind}:${n}`);

/** Counters, hashes and lists that expire at a time. */
async function make({ client }: Source, expireAt: number): Promise<void> {
  for (const kind of ['kept', 'longer', 'gone'])
    for (const key of names(kind)) {
      await client.set(key, '41');
      await client.pexpireat(key, expireAt);
    }
  for (const key of names('hash')) {
    await client.hset(key, 'a', '1');
    await client.pexpireat(key, expireAt);
  }
}

/** Changes them, and gives most of them more time. */
async function extend({ client }: Source, expireAt: number): Promise<void> {
  for (const key of names('kept')) await client.incr(key).then(() => client.persist(key));
  for (const key of names('longer')) await client.pexpireat(key, expireAt + 3_600_000);
  for (const key of names('hash')) await client.hincrby(key, 'a', 1).then(() => client.persist(key));
}

describe.each(sources)('from %s that is read by SCAN into a cluster', { timeout: 90_000 }, (_, open) => {
  test.each(['the engine', 'the target'] as const)(
    'keys that the target drops while %s is away come out as the source has them',
    async (away) => {
      const [source, target] = await Promise.all([open(), startCluster()]);
      const dir = tempDir('state');
      const engine = () => spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
      const expireAt = Date.now() + 9_000;
      await make(source, expireAt);
      const first = await engine();
      const arrived = async () => Number(await target.client.exists('hash:199')) === 1;
      await waitFor(arrived, { deadlineMs: 8_000, what: `the copy: ${first.stderr}` });
      await at(expireAt - 1_500);
      const servers = target.nodes.map(({ server }) => server);
      if (away === 'the engine') await first.stop();
      else await Promise.all(servers.map((server) => server.kill('SIGSTOP')));
      await extend(source, expireAt);
      await at(expireAt + 800);
      if (away === 'the target') await Promise.all(servers.map((server) => server.kill('SIGCONT')));
      const last = away === 'the engine' ? await engine() : first;
      const isLive = async () => (await statusOf(dir).catch(() => null))?.state === 'incremental_sync';
      await waitFor(isLive, { deadlineMs: 30_000, what: `the source to be followed: ${last.stderr}` });
      await expectEqualSoon(source as { client: RedisServer['client'] }, target);
      expect(await target.client.get('kept:0')).toBe('42');
      await last.stop();
    },
  );
});
