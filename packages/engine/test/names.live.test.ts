import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import type { EngineEvent } from '@cacheferry/contract';
import {
  type FerryProcess,
  freePort,
  type RedisServer,
  spawnFerry,
  startRedis,
  startReplica,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { statusOf } from './cluster-level.ts';
import { caughtUp, expectEqualSoon } from './migration.ts';

const open: net.Server[] = [];
afterEach(async () => {
  await stopEverything();
  for (const server of open.splice(0)) server.close();
});

/** A view of files of its own, as only root may have one. */
const mount = ['unshare', '-m', 'sh', '-c', 'mount --bind "$1" "$2" && shift 2 && exec "$@"', 'sh'];
const canMount = (() => {
  const file = join(tempDir('hosts'), 'hosts');
  writeFileSync(file, '');
  const [program = '', ...args] = [...mount, file, '/etc/hosts', 'true'];
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** A hosts file that only the engine sees. */
class Names {
  readonly #file = join(tempDir('hosts'), 'hosts');

  constructor(names: Record<string, string>) {
    this.set(names);
  }

  set(names: Record<string, string>): void {
    const lines = Object.entries(names).map(([name, address]) => `${address} ${name}\n`);
    writeFileSync(this.#file, `127.0.0.1 localhost\n${lines.join('')}`);
  }

  engine(dir: string, source: string, target: string): Promise<FerryProcess> {
    const through = [...mount, this.#file, '/etc/hosts'];
    return spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source, target], { through });
  }
}

/** Leads an address of the loopback to a server; `cut` ends what is open. */
async function lead(host: string, port: number, to: RedisServer): Promise<{ cut: () => void }> {
  const links = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const other = net.connect(to.port, to.host);
    for (const [one, two] of [
      [client, other],
      [other, client],
    ] as const) {
      links.add(one);
      one.on('error', () => two.destroy());
      one.on('close', () => {
        links.delete(one);
        two.destroy();
      });
      one.pipe(two);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  open.push(server);
  return { cut: () => links.forEach((link) => link.resetAndDestroy()) };
}

const codes = (dir: string): string[] =>
  readFileSync(join(dir, 'events.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"error"'))
    .map((line) => (JSON.parse(line) as Extract<EngineEvent, { type: 'error' }>).code);

const isLive = (dir: string) => async () => (await statusOf(dir).catch(() => null))?.state === 'incremental_sync';

async function count({ client }: RedisServer, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await client.multi().incr('n').rpush('l', n).exec();
}

describe.skipIf(!canMount)('an end that is known by a name', { timeout: 90_000 }, () => {
  test('is followed to the address that the name has when it is connected to anew', async () => {
    const [first, target] = await Promise.all([startRedis(), startRedis()]);
    const second = await startReplica(first);
    const port = await freePort();
    const line = await lead('127.0.0.2', port, first);
    await lead('127.0.0.3', port, second);
    const names = new Names({ 'source.test': '127.0.0.2', 'target.test': '127.0.0.1' });
    const dir = tempDir('state');
    const ferry = await names.engine(dir, `redis://source.test:${port}`, `redis://target.test:${target.port}`);
    await waitFor(isLive(dir), { deadlineMs: 30_000, what: `the stream to be followed: ${ferry.stderr}` });
    await count(first, 50);
    await caughtUp(first, dir, { deadlineMs: 20_000 });
    await second.client.replicaof('NO', 'ONE');
    await count(second, 50);
    names.set({ 'source.test': '127.0.0.3', 'target.test': '127.0.0.1' });
    line.cut();
    await caughtUp(second, dir, { deadlineMs: 30_000 });
    await expectEqualSoon(second, target);
    expect(Number((await second.info('stats')).sync_partial_ok)).toBe(1);
    await ferry.stop();
  });

  test('is waited for while the name is unknown, and said to be', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const port = await freePort();
    const lines = [await lead('127.0.0.2', port, source), await lead('127.0.0.3', port, target)];
    const known = { 'source.test': '127.0.0.2', 'target.test': '127.0.0.3' };
    const names = new Names(known);
    const dir = tempDir('state');
    const ferry = await names.engine(dir, `redis://source.test:${port}`, `redis://target.test:${port}`);
    await waitFor(isLive(dir), { deadlineMs: 30_000, what: `the stream to be followed: ${ferry.stderr}` });
    for (const lost of ['source.test', 'target.test'] as const) {
      const before = codes(dir).length;
      names.set(Object.fromEntries(Object.entries(known).filter(([name]) => name !== lost)));
      for (const line of lines) line.cut();
      const isTold = () => codes(dir).slice(before).includes('dns.failed');
      await waitFor(isTold, { deadlineMs: 30_000, what: `dns.failed of ${lost} in ${codes(dir)}` });
      await count(source, 20);
      names.set(known);
      await caughtUp(source, dir, { deadlineMs: 40_000 });
    }
    await expectEqualSoon(source, target);
    expect(await target.client.get('n')).toBe('40');
    await ferry.stop();
  });

  test('says so at once when the name is not known from the beginning', async () => {
    const target = await startRedis();
    const names = new Names({});
    const ferry = await names.engine(tempDir('state'), 'redis://source.test:6379', target.url);
    expect((await ferry.ended(60_000)).code).not.toBe(0);
    expect(ferry.stderr).toContain('dns.failed');
  });

  test('is given up when no server of names answers', async () => {
    const target = await startRedis();
    const file = join(tempDir('resolv'), 'resolv.conf');
    // An address that nobody has.
    writeFileSync(file, 'nameserver 192.0.2.1\noptions timeout:2 attempts:1\n');
    const args = ['migrate', '--mode', 'sync', '--state', tempDir('state'), 'redis://nowhere.test:6379', target.url];
    const ferry = await spawnFerry(args, { through: [...mount, file, '/etc/resolv.conf'] });
    expect((await ferry.ended(60_000)).code).not.toBe(0);
    expect(ferry.stderr).toMatch(/dns\.failed|endpoint\.timeout/);
  });
});
