import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { EngineEvent, Snapshot } from '@cacheferry/contract';
import {
  bundleFerry,
  compareServers,
  type FerryOptions,
  type FerryProcess,
  type RedisServer,
  removeDir,
  runFerry,
  seedMixed,
  spawnFerry,
  startRedis,
  startWriter,
  stopEverything,
  tempDir,
  tlsFiles,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';

const dirs: string[] = [];
function newDir(): string {
  const dir = tempDir('cli');
  dirs.push(dir);
  return dir;
}
beforeAll(bundleFerry);
afterEach(async () => {
  await stopEverything();
  for (const dir of dirs.splice(0)) removeDir(dir);
});

const quick = ['--repl-diskless-sync', 'yes', '--repl-diskless-sync-delay', '0'];
const seeded = async (keys: number, options: Parameters<typeof startRedis>[0] = {}): Promise<RedisServer> => {
  const server = await startRedis({ ...options, args: [...quick, ...(options.args ?? [])] });
  await seedMixed(server.client, { keys, seed: 21, dbs: [0, 3] });
  return server;
};
/** Without the bookkeeping of a run. A key may end between two looks, so only what stays counts. */
async function differences(a: RedisServer, b: RedisServer) {
  const ignore = (key: string) => key.includes(' cf:');
  const look = async () => (await compareServers(a.client, b.client, { ignore })).differences;
  let lasting = await look();
  for (let n = 0; n < 4 && lasting.length > 0; n++) {
    const now = await look();
    lasting = lasting.filter(({ key, what }) => now.some((other) => other.key === key && other.what === what));
  }
  return lasting;
}
const eventsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => EngineEvent.parse(JSON.parse(line)));
const status = async (dir: string): Promise<Snapshot> => {
  const { code, stdout, stderr } = await runFerry(['status', '--state', dir, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return Snapshot.parse(JSON.parse(stdout));
};
const following = (dir: string) =>
  waitFor(async () => existsSync(join(dir, 'control.sock')) && (await status(dir)).state === 'incremental_sync', {
    deadlineMs: 40_000,
    what: 'incremental sync',
  });
/** Waits until all that the source has written now is on the target. */
const caughtUp = async (dir: string, source: RedisServer) => {
  const wanted = Number((await source.info('replication')).master_repl_offset);
  const isThere = async () => {
    const { shards, lagBytes } = await status(dir);
    return lagBytes === 0 && (shards[0]?.sourceOffset ?? 0) >= wanted;
  };
  await waitFor(isThere, { deadlineMs: 40_000, what: `offset ${wanted}` });
};

describe('ferry migrate', () => {
  test('--mode full copies everything, ends with 0 and leaves nothing behind', async () => {
    const [source, target] = [await seeded(2_000), await startRedis()];
    const before = readdirSync(os.tmpdir()).filter((name) => /^ferry-[A-Za-z0-9]{6}$/.test(name));
    const { code, stdout, stderr } = await runFerry(['migrate', source.url, target.url, '--mode', 'full']);
    expect([code, stderr.includes('error[')]).toEqual([0, false]);
    expect(stdout).toMatch(/^completed: 4,000 keys in /);
    expect(await differences(source, target)).toEqual([]);
    expect(
      readdirSync(os.tmpdir()).filter((name) => /^ferry-[A-Za-z0-9]{6}$/.test(name) && !before.includes(name)),
    ).toEqual([]);
    expect(await source.client.client('LIST', 'TYPE', 'REPLICA')).toBe('');
    expect(String(await target.client.client('LIST'))).not.toContain('name=ferry:');
  });

  test('--json prints the events, numbered without a gap, ending with done', async () => {
    const [source, target] = [await seeded(300), await startRedis()];
    const dir = newDir();
    const { code, stdout } = await runFerry([
      'migrate',
      source.url,
      target.url,
      '--mode',
      'full',
      '--json',
      '--state',
      dir,
    ]);
    expect(code).toBe(0);
    const events = eventsOf(stdout);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'done', outcome: 'completed', totals: { keysDone: 600 } });
    expect(readFileSync(join(dir, 'events.jsonl'), 'utf8')).toBe(stdout);
    expect(await status(dir)).toMatchObject({ state: 'completed', keysDone: 600 });
  });

  test('follows the source, is steered, stops with 130 and goes on by its directory alone', async () => {
    const [source, target] = [await seeded(500), await startRedis()];
    const dir = newDir();
    const run = await spawnFerry(['migrate', source.url, target.url, '--state', dir]);
    await following(dir);
    const writer = await startWriter(source.url, { rate: 1_000, seed: 2 });
    expect((await runFerry(['pause', '--state', dir])).code).toBe(0);
    await waitFor(async () => (await status(dir)).state === 'paused');
    expect((await runFerry(['rate', '5000', '--bytes', '10m', '--state', dir, '--json'])).stdout).toContain('5000');
    expect(await status(dir)).toMatchObject({ rateKeys: 5_000, rateBytes: 10 * 1024 * 1024 });
    expect((await runFerry(['resume', '--state', dir])).code).toBe(0);
    await writer.stop();
    await caughtUp(dir, source);
    expect((await runFerry(['stop', '--state', dir])).code).toBe(0);
    expect((await run.ended()).code).toBe(130);
    expect(await differences(source, target)).toEqual([]);
    expect(await status(dir)).toMatchObject({ state: 'stopped' });
    expect((await runFerry(['pause', '--state', dir])).stderr).toContain('error[engine.not_running]');

    await source.client.set('while', 'stopped');
    const again = await spawnFerry(['migrate', '--state', dir]);
    await waitFor(async () => (await target.client.get('while')) === 'stopped', { deadlineMs: 30_000 });
    again.signal('SIGTERM');
    expect((await again.ended()).code).toBe(130);
    const events = eventsOf(readFileSync(join(dir, 'events.jsonl'), 'utf8'));
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter((event) => event.type === 'ack').map((event) => [event.command, event.ok])).toEqual([
      ['pause', true],
      ['rate', true],
      ['resume', true],
      ['stop', true],
    ]);
    expect(String((await source.info('stats')).sync_full)).toBe('1');
  });

  test('survives being killed ten times, under writes, without loss or double', async () => {
    const [source, target] = [await seeded(3_000), await startRedis()];
    const dir = newDir();
    const writer = await startWriter(source.url, { rate: 1_500, seed: 4 });
    const start = () => spawnFerry(['migrate', source.url, target.url, '--state', dir]);
    let run: FerryProcess = await start();
    for (let n = 0; n < 10; n++) {
      await new Promise((resolve) => setTimeout(resolve, 150 + ((n * 397) % 700)));
      run.signal('SIGKILL');
      await run.ended();
      run = await start();
    }
    await following(dir);
    await writer.stop();
    await caughtUp(dir, source);
    expect(await differences(source, target)).toEqual([]);
    run.signal('SIGINT');
    expect((await run.ended()).code).toBe(130);
  });

  test('a second engine on the same directory is refused', async () => {
    const [source, target] = [await seeded(100), await startRedis()];
    const dir = newDir();
    const first = await spawnFerry(['migrate', source.url, target.url, '--state', dir]);
    await following(dir);
    const second = await runFerry(['migrate', source.url, target.url, '--state', dir]);
    expect([second.code, second.stderr]).toEqual([
      1,
      expect.stringMatching(/^error\[engine\.already_running\]: .*process \d+/m),
    ]);
    expect(first.isRunning).toBe(true);
  });

  test('TLS on both sides, ACL users and passwords from the environment', async () => {
    const { ca } = tlsFiles();
    const acl = [
      'user default on >adminpw ~* &* +@all',
      'user mover on >moverpw ~* &* +@all -@dangerous +info +psync +replconf +restore +config|get +client|list +client|setname +flushall',
    ];
    const tls = { tls: true, args: ['--tls-auth-clients', 'no'], password: 'adminpw', acl } as const;
    const source = await seeded(200, tls);
    const target = await startRedis(tls);
    const url = (server: RedisServer) => `rediss://mover@127.0.0.1:${server.port}?ca=${ca}`;
    const env = { FERRY_SOURCE_PASSWORD: 'moverpw', FERRY_TARGET_PASSWORD: 'moverpw' };
    const { code, stderr } = await runFerry(['migrate', url(source), url(target), '--mode', 'full'], { env });
    expect([code, stderr.includes('error[')]).toEqual([0, false]);
    expect(await differences(source, target)).toEqual([]);
  });
});

describe('secrets', () => {
  const canary = 'c4n4ry-pw';
  test('a password of the command line is gone from it, and in no file, event or output', async () => {
    const [source, target] = [await seeded(100, { password: canary }), await startRedis({ password: canary })];
    const dir = newDir();
    const run = await spawnFerry(['migrate', source.url, target.url, '--state', dir]);
    await following(dir);
    expect(readFileSync(`/proc/${run.pid}/cmdline`, 'latin1')).not.toContain(canary);
    expect(readFileSync(`/proc/${run.pid}/cmdline`, 'latin1')).toContain(dir);
    run.signal('SIGTERM');
    const { stdout, stderr } = await run.ended();
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    const texts = files
      .filter((file) => !file.name.endsWith('.seg'))
      .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'));
    for (const text of [stdout, stderr, ...texts]) expect(text).not.toContain(canary);
  });

  test('a job file that others can read, a link or a folder is refused; a safe one and standard input are taken', async () => {
    const [source, target] = [await seeded(50, { password: canary }), await startRedis()];
    const dir = newDir();
    const job = JSON.stringify({
      version: 1,
      mode: 'full',
      source: { url: source.bareUrl, password: canary },
      target: { url: target.bareUrl },
      options: { onConflict: 'overwrite' },
    });
    const file = join(dir, 'job');
    writeFileSync(file, job, { mode: 0o600 });
    symlinkSync(file, join(dir, 'link'));
    const migrate = (path: string, options: FerryOptions = {}) => runFerry(['migrate', '--job', path], options);
    expect((await migrate(file)).code).toBe(0);
    expect((await migrate('-', { stdin: job })).code).toBe(0);
    const none = join(dir, 'none');
    for (const [path, wanted] of [
      [join(dir, 'link'), 'error[config.unsafe_file]'],
      [dir, 'error[config.unsafe_file]'],
      [none, `error[usage.invalid]: The command was not understood: there is no file ${none}`],
    ] as const)
      expect(await migrate(path)).toMatchObject({ code: 64, stderr: expect.stringContaining(wanted) });
    chmodSync(file, 0o644);
    expect(await migrate(file)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('error[config.unsafe_file]'),
    });
  });
});

describe('what goes wrong ends with its code', () => {
  const line = (code: string) => expect.stringMatching(new RegExp(`^error\\[${code}\\]: .+\\. fix: .+$`, 'm'));

  test.each([
    ['no command', [], 0],
    ['an unknown command', ['teleport'], 64],
    ['an unknown flag', ['migrate', 'redis://a', 'redis://b', '--fast'], 64],
    ['one end only', ['migrate', 'redis://a'], 64],
    ['three ends', ['migrate', 'redis://a', 'redis://b', 'redis://c'], 64],
    ['a mode that is none', ['migrate', 'redis://a', 'redis://b', '--mode', 'half'], 64],
    ['a class that is none', ['migrate', 'redis://a', 'redis://b', '--accept', 'all'], 64],
    ['a rate that is no number', ['migrate', 'redis://a', 'redis://b', '--rate-keys', 'x'], 64],
    ['an address that is none', ['migrate', 'redis://:@', 'redis://b'], 64],
    ['steering without a directory', ['pause'], 64],
    ['a rate without a number', ['rate', '--state', '/nonexistent'], 64],
  ])('%s', async (_, args, code) => {
    const result = await runFerry(args);
    expect(result.code).toBe(code);
    if (code === 64) expect(result.stderr).toMatch(/^error\[[a-z]+\.[a-z_]+\]: .+\. fix: .+\n$/);
  });

  test('families that do not go together', async () => {
    expect(await runFerry(['migrate', 'redis://127.0.0.1:1', 'memcached://127.0.0.1:2'])).toMatchObject({
      code: 3,
      stderr: line('endpoint.family_mismatch'),
    });
  });

  test('a key that the target has already, named', async () => {
    const [source, target] = [await seeded(50), await startRedis()];
    await source.client.set('both', '1');
    await target.client.set('both', '2');
    const { code, stderr } = await runFerry(['migrate', source.url, target.url, '--mode', 'full']);
    expect([1, 3]).toContain(code);
    expect(stderr).toMatch(/error\[/);
    expect(await target.client.get('both')).toBe('2');
  });

  test('--help of every command says how it is used', async () => {
    for (const name of [
      'migrate',
      'preflight',
      'check',
      'decode',
      'status',
      'pause',
      'resume',
      'stop',
      'rate',
      'fence',
      'unfence',
    ]) {
      const { code, stdout } = await runFerry([name, '--help']);
      expect([code, stdout.startsWith(`ferry ${name}`)]).toEqual([0, true]);
    }
    const { stdout } = await runFerry(['--version']);
    expect(JSON.parse(stdout)).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.version,
      platform: process.platform,
      arch: process.arch,
    });
  });
});
