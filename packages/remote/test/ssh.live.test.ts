import fs from 'node:fs';
import path from 'node:path';
import {
  canMakeUsers,
  type FaultProxy,
  faultProxy,
  type Sshd,
  startSshd,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loginAt, testTransport, withCode } from './helpers.ts';
import { linkContract } from './link-contract.ts';

let server: Sshd;
let transport = testTransport();
beforeAll(async () => {
  server = await startSshd({ config: ['LogLevel VERBOSE'] });
});
afterEach(async () => {
  await transport.close();
  transport = testTransport();
});
afterAll(() => stopEverything());

describe('a machine over SSH', () => {
  linkContract(() => transport.connect(loginAt(server)));
});

describe('a server without sftp', () => {
  let plain: Sshd;
  beforeAll(async () => {
    plain = await startSshd({ sftp: false });
  });
  linkContract(() => transport.connect(loginAt(plain)));
});

describe('a server that allows one session per connection', () => {
  let narrow: Sshd;
  beforeAll(async () => {
    narrow = await startSshd({ config: ['MaxSessions 1'] });
  });
  linkContract(() => transport.connect(loginAt(narrow)));

  test('runs several programs side by side all the same', async () => {
    const link = await transport.connect(loginAt(narrow));
    const results = await Promise.all([1, 2, 3, 4].map((n) => link.run(['sh', '-c', `sleep 0.3; echo ${n}`])));
    expect(results.map(({ stdout }) => stdout)).toEqual(['1\n', '2\n', '3\n', '4\n']);
    link.close();
  });
});

test('all who use a machine share one connection, which goes when the last one lets go', async () => {
  const before = server.log().match(/Accepted publickey/g)?.length ?? 0;
  const links = await Promise.all([1, 2, 3].map(() => transport.connect(loginAt(server))));
  await Promise.all(links.map((link) => link.run(['true'])));
  expect(server.log().match(/Accepted publickey/g)?.length).toBe(before + 1);
  for (const link of links) link.close();
  expect(await links[0]?.closed).toBe(null);
});

test('the folders that an engine may use are told to programs there', async () => {
  await transport.close();
  transport = testTransport({ environment: { FERRY_FILE_ROOTS: "/data:/it's" } });
  const link = await transport.connect(loginAt(server));
  expect((await link.run(['printenv', 'FERRY_FILE_ROOTS'])).stdout).toBe("/data:/it's\n");
  link.close();
});

test('what a profile prints at login is not taken for the program’s output', async () => {
  const home = fs.mkdtempSync(path.join(server.dir, 'home-'));
  const noisy = await startSshd({
    config: [`SetEnv HOME=${home} BASH_ENV=${home}/noise`, 'ForceCommand ' + forced(home)],
  });
  const link = await transport.connect(loginAt(noisy));
  expect(await link.run(['sh', '-c', 'echo out; echo err >&2'])).toEqual({
    exitCode: 0,
    stdout: 'out\n',
    stderr: 'err\n',
  });
  link.close();
});

test.each([
  ['a forced command', '/bin/echo no commands here', 'machine.no_shell'],
  ['an endless greeting', '/usr/bin/yes welcome', 'machine.protocol'],
])('%s is told from a machine that works', async (_, command, code) => {
  const odd = await startSshd({ config: [`ForceCommand ${command}`] });
  const link = await transport.connect(loginAt(odd));
  await expect(link.run(['true'])).rejects.toEqual(withCode(code));
  link.close();
});

test.skipIf(!canMakeUsers())('an account without a shell is told from a machine that works', async () => {
  const odd = await startSshd({ config: ['ForceCommand /usr/sbin/nologin'] });
  const link = await transport.connect(loginAt(odd));
  await expect(link.run(['true'])).rejects.toEqual(
    withCode('machine.no_shell', { detail: 'This account is currently not available.' }),
  );
  link.close();
});

describe('a connection that breaks', () => {
  let proxy: FaultProxy;
  beforeAll(async () => {
    proxy = await faultProxy({ port: server.port });
  });
  afterEach(() => proxy.heal());
  const connect = () => transport.connect(loginAt(server, { port: proxy.port }));

  test('ends what runs on it with machine.link_lost, and the next one works', async () => {
    const link = await connect();
    const running = link.run(['sleep', '60']);
    const streaming = link.stream(['sleep', '60'], { onBytes: () => {} });
    const failed = Promise.all([
      expect(running).rejects.toEqual(withCode('machine.link_lost')),
      expect(streaming).rejects.toEqual(withCode('machine.link_lost')),
    ]);
    await waitFor(() => server.log().includes('Starting session') && proxy.open > 0);
    proxy.cut();
    await failed;
    expect(await link.closed).toEqual(withCode('machine.link_lost', { reason: 'connection reset' }));
    const again = await connect();
    expect((await again.run(['echo', 'back'])).stdout).toBe('back\n');
    again.close();
    link.close();
  });

  test('is noticed by keepalive when it only falls silent', async () => {
    await transport.close();
    transport = testTransport({ keepalive: { intervalMs: 200, count: 2 } });
    const link = await connect();
    const running = link.run(['sleep', '60']);
    const failed = expect(running).rejects.toEqual(withCode('machine.link_lost', { reason: 'it fell silent' }));
    proxy.set({ mode: 'blackhole' });
    await failed;
    link.close();
    proxy.cut();
  });

  test('also ends an upload', async () => {
    const file = path.join(server.dir, 'big');
    fs.writeFileSync(file, Buffer.alloc(8 << 20));
    const link = await connect();
    const target = path.join(server.dir, 'arrived');
    proxy.set({ rate: 2 << 20 });
    const putting = link.put(file, target, { mode: 0o600, sha256: '0'.repeat(64) });
    const failed = expect(putting).rejects.toEqual(withCode('machine.link_lost'));
    await waitFor(() => proxy.bytes.up > 1 << 20, { what: 'a part of the upload' });
    proxy.cut();
    await failed;
    expect(fs.existsSync(target)).toBe(false);
    link.close();
  });
});

/** A shell that prints before and around what it is asked to run, as a talkative profile does. */
function forced(home: string): string {
  const file = path.join(home, 'login.sh');
  const lines = [
    '#!/bin/sh',
    'echo "Welcome to this machine"',
    'echo "Warning: noise" >&2',
    'exec sh -c "$SSH_ORIGINAL_COMMAND"',
  ];
  fs.writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o755 });
  return file;
}
