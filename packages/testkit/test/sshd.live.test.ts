import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { canMakeUsers, type Sshd, startSshd, stopEverything } from '../src/index.ts';

afterEach(() => stopEverything());

const ssh = (server: Sshd, command: string, key = 'login') =>
  execFileSync(
    'ssh',
    [
      '-p',
      String(server.port),
      '-i',
      path.join(server.dir, key),
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'BatchMode=yes',
    ].concat(
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'IdentitiesOnly=yes',
      `${server.username}@${server.host}`,
      command,
    ),
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );

test('the server lets its key in and nobody else', async () => {
  const server = await startSshd();
  expect(ssh(server, 'echo hello')).toBe('hello\n');
  expect(() => ssh(server, 'true', 'host')).toThrow('Permission denied');
});

test('a changed host key has another fingerprint', async () => {
  const server = await startSshd();
  const before = server.fingerprint;
  expect(before).toMatch(/^SHA256:[\w+/]{43}$/);
  await server.changeHostKey();
  expect(server.fingerprint).not.toBe(before);
  expect(ssh(server, 'echo again')).toBe('again\n');
});

test.skipIf(!canMakeUsers())('a password user exists until the server stops', async () => {
  const server = await startSshd({ passwordUser: true });
  const name = `${server.passwordUser?.username}:`;
  expect(fs.readFileSync('/etc/passwd', 'utf8')).toContain(name);
  await server.stop();
  expect(fs.readFileSync('/etc/passwd', 'utf8')).not.toContain(name);
});
