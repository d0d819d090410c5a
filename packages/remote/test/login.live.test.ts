import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import net from 'node:net';
import path from 'node:path';
import type { MachineLogin } from '@cacheferry/domain';
import { Secret } from '@cacheferry/kernel';
import { canMakeUsers, freePort, type Sshd, startSshd, stopEverything } from '@cacheferry/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loginAt, testTransport, withCode } from './helpers.ts';

type Auth = (MachineLogin & { kind: 'ssh' })['auth'];
const key = (text: string, passphrase: string | null = null): Auth => ({
  kind: 'key',
  privateKey: new Secret(text),
  passphrase: passphrase === null ? null : new Secret(passphrase),
});
const password = (text: string): Auth => ({ kind: 'password', password: new Secret(text) });

let server: Sshd;
let transport = testTransport();
beforeAll(async () => {
  server = await startSshd({ passwordUser: canMakeUsers(), config: ['MaxAuthTries 20', 'LogLevel DEBUG1'] });
});
afterEach(async () => {
  await transport.close();
  transport = testTransport();
});
afterAll(() => stopEverything());

async function whoAmI(login: MachineLogin): Promise<string> {
  const link = await transport.connect(login);
  const { stdout, exitCode } = await link.run(['id', '-un']);
  link.close();
  expect(exitCode).toBe(0);
  return stdout.trim();
}

test('the host key is read as ssh-keygen prints it, and nobody logs in for that', async () => {
  const before = server.log().length;
  const seen = await transport.scanHostKey(server.host, server.port);
  expect(seen).toEqual({ type: 'ssh-ed25519', fingerprint: server.fingerprint });
  expect(server.log().slice(before)).not.toMatch(/userauth-request|Accepted|Failed/);
});

describe('who is let in', () => {
  test('a plain private key', async () => {
    expect(await whoAmI(loginAt(server))).toBe(server.username);
  });

  test('an encrypted private key with its passphrase', async () => {
    const login = loginAt(server, { auth: key(server.encryptedKey, server.passphrase) });
    expect(await whoAmI(login)).toBe(server.username);
  });

  test.skipIf(!canMakeUsers())('a password', async () => {
    const { username = '', password: text = '' } = server.passwordUser ?? {};
    expect(await whoAmI(loginAt(server, { username, auth: password(text) }))).toBe(username);
  });

  test('an SSH agent', async () => {
    const socket = path.join(server.dir, 'agent.sock');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'pipe' });
    try {
      await new Promise((resolve) => agent.stdout.once('data', resolve));
      execFileSync('ssh-add', ['-q', path.join(server.dir, 'login')], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
      });
      await transport.close();
      transport = testTransport({ agentSocket: socket });
      expect(await whoAmI(loginAt(server, { auth: { kind: 'agent' } }))).toBe(server.username);
    } finally {
      agent.kill('SIGKILL');
    }
  });
});

describe('who is refused, and why', () => {
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' },
  });
  const stranger = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  test.each([
    ['a key that is not allowed there', () => key(stranger.privateKey), 'machine.auth_failed'],
    ['a wrong password', () => password('wrong'), 'machine.auth_failed'],
    ['an encrypted key without a passphrase', () => key(server.encryptedKey), 'machine.passphrase_needed'],
    ['an encrypted PEM key without a passphrase', () => key(rsa.privateKey), 'machine.passphrase_needed'],
    ['a wrong passphrase', () => key(server.encryptedKey, 'x'), 'machine.passphrase_wrong'],
    ['a wrong passphrase of a PEM key', () => key(rsa.privateKey, 'x'), 'machine.passphrase_wrong'],
    ['a text that is no key', () => key('not a key'), 'machine.key_unreadable'],
    ['a public key', () => key(rsa.publicKey), 'machine.key_unreadable'],
    ['an agent where there is none', (): Auth => ({ kind: 'agent' }), 'machine.agent_unavailable'],
  ])('%s', async (_, auth, code) => {
    await expect(transport.connect(loginAt(server, { auth: auth() }))).rejects.toEqual(withCode(code));
  });

  test('a password is offered once only', async () => {
    const login = loginAt(server, { username: 'nobody', auth: password('wrong') });
    const before = server.log().length;
    await expect(transport.connect(login)).rejects.toEqual(withCode('machine.auth_failed', { method: 'password' }));
    expect(
      server
        .log()
        .slice(before)
        .match(/Failed password/g),
    ).toHaveLength(1);
  });

  test('a kind of login that the server does not offer', async () => {
    const keysOnly = await startSshd({ config: ['PasswordAuthentication no', 'KbdInteractiveAuthentication no'] });
    await expect(transport.connect(loginAt(keysOnly, { auth: password('x') }))).rejects.toEqual(
      withCode('machine.auth_not_offered', { offered: 'publickey' }),
    );
    await keysOnly.stop();
  });
});

test('a changed host key stops before anybody logs in, with both fingerprints', async () => {
  const other = await startSshd({ config: ['LogLevel DEBUG1'] });
  const login = loginAt(other);
  await other.changeHostKey();
  const before = other.log().length;
  await expect(transport.connect(login)).rejects.toEqual(
    withCode('machine.host_key_changed', { expected: login.hostKey.fingerprint, actual: other.fingerprint }),
  );
  expect(other.log().slice(before)).not.toMatch(/userauth-request|Accepted|Failed|Postponed/);
  await other.stop();
});

test('a host key of another type is a changed one too', async () => {
  const login = loginAt(server);
  const pinned = { ...login, hostKey: { type: 'ssh-rsa', fingerprint: `SHA256:${'A'.repeat(43)}` } };
  await expect(transport.connect(pinned)).rejects.toEqual(
    withCode('machine.host_key_changed', { actual: server.fingerprint }),
  );
});

describe('nobody answers', () => {
  const answerWith = async (text: string | null) => {
    const sockets = new Set<net.Socket>();
    const listener = net.createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      if (text !== null) socket.end(text);
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const address = listener.address();
    const stop = () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => listener.close(resolve));
    };
    return { port: typeof address === 'object' && address ? address.port : 0, stop };
  };

  test('at a port where nothing listens', async () => {
    const port = await freePort();
    await expect(transport.connect(loginAt(server, { port }))).rejects.toEqual(
      withCode('machine.unreachable', { reason: 'connection refused' }),
    );
  });

  test('under a name that does not exist', async () => {
    await expect(transport.scanHostKey('no-such-host.invalid', 22)).rejects.toEqual(withCode('machine.unreachable'));
  });

  test('when a server accepts and stays silent', async () => {
    const silent = await answerWith(null);
    await transport.close();
    transport = testTransport({ connectTimeoutMs: 300 });
    const login = loginAt(server, { port: silent.port });
    await expect(transport.connect(login)).rejects.toEqual(withCode('machine.timeout', { seconds: 0.3 }));
    await silent.stop();
  });

  test.each([
    ['something else than SSH', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'machine.unreachable'],
    ['an ancient SSH', 'SSH-1.5-old\r\n', 'machine.not_ssh'],
  ])('but %s', async (_, text, code) => {
    const other = await answerWith(text);
    await expect(transport.scanHostKey('127.0.0.1', other.port)).rejects.toEqual(withCode(code));
    await other.stop();
  });

  test('and the wait is given up when it is aborted', async () => {
    const silent = await answerWith(null);
    const stop = new AbortController();
    const waiting = transport.scanHostKey('127.0.0.1', silent.port, stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await silent.stop();
  });
});
