import {
  dumpAll,
  hasNutcracker,
  type RedisServer,
  runFerry,
  seedMixed,
  spawnFerry,
  startCluster,
  startNutcracker,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';

afterEach(() => stopEverything());

type Place = { url: string; servers: RedisServer[] };

const one = async (): Promise<Place> => {
  const server = await startRedis({ password: 'p' });
  return { url: server.bareUrl, servers: [server] };
};
const cluster = async (): Promise<Place> => {
  const { url, nodes } = await startCluster();
  return { url, servers: nodes.map(({ server }) => server) };
};
const pool = async (): Promise<Place> => {
  const servers = await Promise.all([startRedis(), startRedis()]);
  const lines = servers.map(({ port }) => `127.0.0.1:${port}:1`);
  const { file } = await startNutcracker({ main: { redis: true, servers: lines } });
  return { url: `twemproxy:${file}?pool=main`, servers };
};

const ours = async ({ servers }: Place) => (await Promise.all(servers.map(({ client }) => client.keys('cf:*')))).flat();
const others = async ({ servers }: Place) =>
  (await Promise.all(servers.map(({ client }) => dumpAll(client))))
    .flatMap((dump) => [...dump.keys()])
    .filter((key) => !key.startsWith('0 cf:'))
    .sort();

const env = { FERRY_TARGET_PASSWORD: 'p' };
const targets = [
  ['one server', one],
  ['a cluster', cluster],
  ...(hasNutcracker() ? [['a pool', pool] as const] : []),
] as const;

describe('what a stopped migration has noted', () => {
  test.each(targets)('leaves %s, while it does not run, and nothing else does', async (_, open) => {
    const [source, target] = await Promise.all([startCluster(), open()]);
    await seedMixed(source.client, { keys: 500 });
    const state = tempDir('state');
    const ferry = await spawnFerry(['migrate', source.url, target.url, '--state', state], { env });
    await waitFor(
      async () =>
        (await runFerry(['status', '--json', '--state', state])).stdout.includes('"state":"incremental_sync"'),
      {
        deadlineMs: 60_000,
        everyMs: 300,
        what: `the stream to be followed: ${ferry.stderr}`,
      },
    );
    const early = await runFerry(['forget', target.url], { env });
    expect([early.code, early.stderr]).toEqual([3, expect.stringContaining('preflight.target_in_use')]);
    ferry.signal('SIGTERM');
    expect((await ferry.ended()).code).toBe(130);
    const [noted, kept] = [await ours(target), await others(target)];
    expect(noted.length).toBeGreaterThan(2);
    const other = await runFerry(['forget', target.url, '--task', 'another', '--json'], { env });
    expect(JSON.parse(other.stdout)).toEqual({ keys: 0, tasks: [] });
    const { code, stdout } = await runFerry(['forget', target.url, '--json'], { env });
    expect([code, JSON.parse(stdout)]).toEqual([0, { keys: noted.length, tasks: [expect.any(String)] }]);
    expect(await ours(target)).toEqual([]);
    expect(await others(target)).toEqual(kept);
    const late = await runFerry(['migrate', source.url, target.url, '--state', state], { env, deadlineMs: 60_000 });
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('target.lost_history')]);
  });
});
