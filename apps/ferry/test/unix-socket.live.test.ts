import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  bundleFerry,
  compareServers,
  type RedisServer,
  runFerry,
  seedMixed,
  spawnFerry,
  startRedis,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';

afterEach(() => stopEverything());

/** A server that other programs reach by its socket too. */
async function startBehindSocket(password?: string): Promise<{ server: RedisServer; socket: string }> {
  const socket = path.join(tempDir('socket'), 'r s.sock');
  const options = { args: ['--unixsocket', socket, '--unixsocketperm', '700'] };
  return { server: await startRedis(password === undefined ? options : { ...options, password }), socket };
}

const urlOf = (socket: string, { login = '', db = 0, kind = 'redis+unix' } = {}) =>
  `${kind}://${login}${encodeURI(socket)}${db ? `?db=${db}` : ''}`;

const isLevel = async (source: RedisServer, target: RedisServer) => {
  const ignore = (key: string) => key.startsWith('0 cf:');
  return (await compareServers(source.client, target.client, { ignore })).differences.length === 0;
};

describe('servers behind unix sockets', () => {
  test('are source and target: followed, checked and looked at beforehand', async () => {
    const [from, to] = [await startBehindSocket('s3cret'), await startBehindSocket()];
    await seedMixed(from.server.client, { keys: 500 });
    const ends = [urlOf(from.socket, { login: ':s3cret@' }), urlOf(to.socket)];
    const rows = await runFerry(['preflight', ...ends]);
    expect([rows.code, rows.stderr]).toEqual([0, '']);
    expect(rows.stdout).toContain(`redis-cli -s '${from.socket}' CONFIG SET`);
    const writer = await startWriter(from.server.url, { rate: 500 });
    const ferry = await spawnFerry(['migrate', ...ends, '--state', tempDir('state')]);
    await waitFor(() => writer.counts.acked > 1_000, { deadlineMs: 30_000 });
    // A socket is made anew when its server starts again.
    await to.server.client.config('SET', 'save', '1 1');
    await to.server.restart();
    await waitFor(() => writer.counts.acked > 2_000, { deadlineMs: 30_000 });
    await writer.stop();
    await waitFor(() => isLevel(from.server, to.server), { deadlineMs: 30_000, everyMs: 200, what: ferry.stderr });
    const check = await runFerry(['check', ...ends, '--json']);
    expect([check.code, JSON.parse(check.stdout).verdict]).toEqual([0, 'consistent']);
    await ferry.stop();
  });

  test('are read by SCAN and by database', async () => {
    const [from, to] = [await startBehindSocket(), await startRedis()];
    const client = from.server.connect({ path: from.socket });
    await client.select(2);
    await client.set('k', 'v');
    const url = urlOf(from.socket, { kind: 'redis-scan+unix', db: 2 });
    const { code, stderr } = await runFerry(['migrate', '--mode', 'full', '--state', tempDir('state'), url, to.url]);
    expect(code, stderr).toBe(0);
    await to.client.select(2);
    expect(await to.client.get('k')).toBe('v');
  });

  test.each([
    ['no file', () => path.join(tempDir('socket'), 'none.sock')],
    [
      'a file that is no socket',
      () => {
        const file = path.join(tempDir('socket'), 'file');
        writeFileSync(file, '');
        return file;
      },
    ],
  ])('are missing where there is %s, as source and as target', async (_, make) => {
    const server = await startRedis();
    const url = urlOf(make());
    for (const ends of [
      [url, server.url],
      [server.url, url],
    ]) {
      const { code, stdout } = await runFerry(['preflight', '--json', ...(ends as string[])]);
      const rows = (JSON.parse(stdout) as { rows: { status: string; code: string }[] }).rows;
      expect([code, rows.some((row) => row.code === 'endpoint.socket_missing')]).toEqual([3, true]);
    }
    expect(await server.client.dbsize()).toBe(0);
  });

  test.skipIf(process.getuid?.() !== 0)('are refused to a user without the right to write to them', async () => {
    const { server, socket } = await startBehindSocket();
    const dir = path.dirname(socket);
    const own = path.join(dir, 'ferry.cjs');
    copyFileSync(await bundleFerry(), own);
    chmodSync(dir, 0o755);
    const args = [own, 'preflight', '--json', urlOf(socket), 'redis://127.0.0.1:1'];
    const stdout = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, { uid: 65_534, gid: 65_534, cwd: '/' }, (_, out) => resolve(out));
    });
    expect(stdout).toContain('endpoint.socket_denied');
    expect(await server.client.dbsize()).toBe(0);
  });
});
