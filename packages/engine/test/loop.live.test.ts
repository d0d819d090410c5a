import path from 'node:path';
import {
  faultProxy,
  hasNutcracker,
  runFerry,
  startCluster,
  startRedis,
  startSentinel,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from './migration.ts';
import { startPool } from './pool.ts';

afterEach(() => stopEverything());

const one = async () => {
  const server = await startRedis();
  return { url: server.url, servers: [server] };
};
const many = async () => {
  const cluster = await startCluster();
  return { url: cluster.url, servers: cluster.nodes.map(({ server }) => server) };
};
const pool = () => startPool();
const ends = { 'one server': one, 'a cluster': many, 'a pool': pool };

describe('a migration back into the source of one that runs', () => {
  test.each([
    ['one server', 'one server'],
    ['a cluster', 'one server'],
    ['one server', 'a cluster'],
    ['a cluster', 'a cluster'],
    ...(hasNutcracker()
      ? ([
          ['a cluster', 'a pool'],
          ['a pool', 'one server'],
        ] as const)
      : []),
  ] as const)('is refused before it writes anything, from %s to %s', async (a, b) => {
    const [there, back] = [await ends[a](), await ends[b]()];
    const first = new Migration({ source: there, target: back });
    await waitFor(async () => (await first.status()).state === 'incremental_sync', { deadlineMs: 60_000 });
    const second = new Migration({ source: back, target: there }, { options: { onConflict: 'overwrite' } });
    const ended = await second.end.catch((error: unknown) => error);
    expect(ended).toMatchObject({ code: 'preflight.blocked', facts: { rows: expect.stringContaining('pair.loop') } });
    for (const { client } of there.servers) expect(await client.keys('*')).toEqual([]);
    await first.stop();
  });

  test.each(['a unix socket', 'a proxy', 'sentinels'])('is refused too when it names its ends by %s', async (by) => {
    const socket = path.join(tempDir('socket'), 'r.sock');
    const args = ['--unixsocket', socket];
    const group = by === 'sentinels' ? await startSentinel({ replicas: 1 }) : null;
    const [there, back] = [(await group?.primary()) ?? (await startRedis({ args })), await startRedis()];
    const proxy = await faultProxy({ port: there.port });
    const first = new Migration({ source: there, target: back });
    await waitFor(async () => (await first.status()).state === 'incremental_sync', { deadlineMs: 60_000 });
    const url = group?.url ?? (by === 'a proxy' ? proxy.url : `unix://${socket}`);
    const second = new Migration({ source: back, target: { url } }, { options: { onConflict: 'overwrite' } });
    const ended = await second.end.catch((error: unknown) => error);
    expect(ended).toMatchObject({ code: 'preflight.blocked', facts: { rows: expect.stringContaining('pair.loop') } });
    for (const command of ['preflight', 'migrate']) {
      const state = command === 'migrate' ? ['--state', tempDir('state')] : [];
      const { code, stdout, stderr } = await runFerry([command, ...state, back.url, url]);
      expect([code, `${stdout}${stderr}`]).toEqual([3, expect.stringContaining('pair.loop')]);
    }
    expect(await there.client.keys('*')).toEqual([]);
    await first.stop();
  });
});
