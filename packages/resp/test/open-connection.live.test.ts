import { readFileSync } from 'node:fs';
import { fakeServer, startRedis, stopEverything, tlsFiles, waitFor } from '@cacheferry/testkit';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Connection, openConnection, ReplyError } from '../src/index.ts';

afterEach(stopEverything);

const open: Connection[] = [];
let sharesReads = false;
async function connect(options: Parameters<typeof openConnection>[0]): Promise<Connection> {
  const connection = await openConnection({ sharesReads, ...options });
  open.push(connection);
  return connection;
}
afterEach(async () => {
  for (const connection of open.splice(0)) await connection.close();
});

describe.each([false, true])('connecting to a server (shared reads: %s)', (isShared) => {
  beforeAll(() => void (sharesReads = isShared));

  test('signs in, names itself and selects the database', async () => {
    const server = await startRedis({ password: 'p@ss:/?#' });
    const connection = await connect({
      host: server.host,
      port: server.port,
      password: 'p@ss:/?#',
      name: 'ferry:t',
      db: 3,
    });
    await connection.call('SET', 'k', Buffer.from([0, 255]));
    expect(await server.client.client('LIST')).toContain('name=ferry:t ');
    await server.client.select(3);
    expect(await server.client.getBuffer('k')).toEqual(Buffer.from([0, 255]));
  });

  test('as often as one likes under one signal, which ends them all, without a warning', async () => {
    const server = await startRedis();
    const stop = new AbortController();
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const where = { host: server.host, port: server.port, signal: stop.signal };
    const connections = await Promise.all(Array.from({ length: 30 }, () => connect(where)));
    stop.abort(new Error('enough'));
    const calls = await Promise.allSettled(connections.map((connection) => connection.call('PING')));
    process.off('warning', note);
    expect(calls.map(({ status }) => status)).toEqual(calls.map(() => 'rejected'));
    expect(warnings.map(({ name }) => name)).toEqual([]);
  });

  test.each([
    ['no password', {}, 'endpoint.auth_required'],
    ['a wrong password', { password: 'wrong' }, 'endpoint.auth_failed'],
    ['an unknown user', { user: 'nobody', password: 'secret' }, 'endpoint.auth_failed'],
    ['a database that is not there', { password: 'secret', db: 99 }, 'endpoint.no_such_database'],
  ])('%s is told', async (_, login, code) => {
    const server = await startRedis({ password: 'secret' });
    await expect(connect({ host: server.host, port: server.port, ...login })).rejects.toMatchObject({ code });
  });

  test('an ACL user that may do next to nothing is signed in, and told what it may not do', async () => {
    const server = await startRedis({
      password: 'x',
      acl: ['user default on >x ~* +@all', 'user small on >y -@all +get'],
    });
    const connection = await connect({ host: server.host, port: server.port, user: 'small', password: 'y', name: 'n' });
    await expect(connection.call('SET', 'k', 'v')).rejects.toMatchObject({
      code: 'endpoint.no_permission',
      facts: { command: 'set', user: 'small' },
    });
  });

  test('a server without a password takes any', async () => {
    const server = await startRedis();
    const connection = await connect({ host: server.host, port: server.port, password: 'not needed' });
    expect(await connection.call('PING')).toBe('PONG');
  });

  test('a server that loads its data says so', async () => {
    const server = await fakeServer(
      (socket) => void socket.write('-LOADING Redis is loading the dataset in memory\r\n'),
    );
    await expect(connect({ host: server.host, port: server.port })).rejects.toMatchObject({ code: 'endpoint.loading' });
  });
});

describe('TLS', () => {
  test('takes a certificate of the named authority, by file and by text', async () => {
    const server = await startRedis({ tls: true, args: ['--tls-auth-clients', 'no'] });
    const { ca } = tlsFiles();
    for (const given of [ca, readFileSync(ca, 'utf8')]) {
      const connection = await connect({
        host: server.host,
        port: server.port,
        tls: { ca: given, cert: null, key: null },
      });
      expect(await connection.call('PING')).toBe('PONG');
    }
  });

  test('a server that asks for a client certificate gets it', async () => {
    const server = await startRedis({ tls: true, args: ['--tls-auth-clients', 'no'] });
    await server.client.config('SET', 'tls-auth-clients', 'yes');
    const files = tlsFiles();
    const tls = { ca: files.ca, cert: files.clientCert, key: files.clientKey };
    expect(await (await connect({ host: server.host, port: server.port, tls })).call('PING')).toBe('PONG');
    const without = { ca: files.ca, cert: null, key: null };
    await expect(connect({ host: server.host, port: server.port, tls: without })).rejects.toMatchObject({
      code: expect.stringMatching(/^endpoint\.(tls|link_lost)$/),
    });
  });

  test.each([
    [
      'an unknown authority',
      (files: ReturnType<typeof tlsFiles>) => ({ ca: files.otherCa }),
      '127.0.0.1',
      /unknown authority|self-signed/,
    ],
    [
      'another name',
      (files: ReturnType<typeof tlsFiles>) => ({ ca: files.ca, servername: 'other.example' }),
      '127.0.0.1',
      /another name/,
    ],
    ['a file that is not there', () => ({ ca: '/nonexistent.pem' }), '127.0.0.1', /cannot be read/],
  ])('%s is refused', async (_, tlsOf, host, reason) => {
    const server = await startRedis({ tls: true, args: ['--tls-auth-clients', 'no'] });
    const tls = { cert: null, key: null, ...tlsOf(tlsFiles()) };
    await expect(connect({ host, port: server.port, tls })).rejects.toMatchObject({
      code: 'endpoint.tls',
      facts: { reason: expect.stringMatching(reason) },
    });
  });

  test('a server without TLS is told as such, and one with TLS that is asked without', async () => {
    const plain = await startRedis();
    await expect(
      connect({ host: plain.host, port: plain.port, tls: { ca: null, cert: null, key: null }, connectTimeoutMs: 300 }),
    ).rejects.toMatchObject({ code: 'endpoint.tls' });
    const tls = await startRedis({ tls: true });
    await expect(connect({ host: tls.host, port: tls.port })).rejects.toMatchObject({
      code: expect.stringMatching(/^endpoint\.(protocol|link_lost)$/),
    });
  });
});

describe.each([false, true])('peers that are no Redis, or broken (shared reads: %s)', (isShared) => {
  beforeAll(() => void (sharesReads = isShared));

  test.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', 'endpoint.protocol'],
    ['SSH', 'SSH-2.0-OpenSSH_9.2p1\r\n', 'endpoint.protocol'],
    ['a TLS alert', '\x15\x03\x03\x00\x02\x02\x28', 'endpoint.protocol'],
    ['an unknown type', '?what\r\n', 'endpoint.protocol'],
    ['an endless line', `+${'x'.repeat(100_000)}`, 'endpoint.protocol'],
    ['an absurd bulk', '$99999999999999\r\n', 'endpoint.protocol'],
    ['nesting without end', '*1\r\n'.repeat(1_000_000), 'endpoint.protocol'],
    ['too many clients', '-ERR max number of clients reached\r\n', 'endpoint.too_many_clients'],
    ['protected mode', '-DENIED Redis is running in protected mode\r\n', 'endpoint.protected_mode'],
  ])('%s is told', async (_, text, code) => {
    const server = await fakeServer((socket) => void socket.write(Buffer.from(text, 'latin1')));
    const attempt = connect({ host: server.host, port: server.port, handshakeTimeoutMs: 500 });
    await expect(attempt).rejects.toMatchObject({ code });
    await waitFor(() => server.connections === 1);
  });

  test.each([
    ['says nothing', () => {}, 'endpoint.timeout'],
    [
      'drips a byte now and then',
      (socket: import('node:net').Socket) => void setInterval(() => socket.write('+'), 50).unref(),
      'endpoint.timeout',
    ],
    ['closes at once', (socket: import('node:net').Socket) => void socket.end(), 'endpoint.link_lost'],
    ['resets at once', (socket: import('node:net').Socket) => void socket.resetAndDestroy(), 'endpoint.link_lost'],
  ])('one that %s ends in time', async (_, peer, code) => {
    const server = await fakeServer(peer);
    const started = performance.now();
    await expect(connect({ host: server.host, port: server.port, handshakeTimeoutMs: 400 })).rejects.toMatchObject({
      code,
    });
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  test.each([
    ['a port where nobody listens', { host: '127.0.0.1', port: 1 }, 'endpoint.unreachable'],
    ['a name that does not exist', { host: 'no-such-host.invalid', port: 6379 }, 'dns.failed'],
  ])('%s is told', async (_, address, code) => {
    await expect(connect(address)).rejects.toMatchObject({ code });
  });

  test('the answer to AUTH that repeats the password is nowhere in the error', async () => {
    const server = await fakeServer((socket) => void socket.on('data', () => socket.write('-ERR wrong canary-pw\r\n')));
    const error = await connect({ host: server.host, port: server.port, password: 'canary-pw' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'endpoint.auth_failed' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause)).not.toContain(
      'canary-pw',
    );
  });
});

describe.each([false, true])('a connection in use (shared reads: %s)', (isShared) => {
  beforeAll(() => void (sharesReads = isShared));

  test('keeps the order of 20,000 replies and finds the one error', async () => {
    const server = await startRedis();
    const connection = await connect({ host: server.host, port: server.port });
    await connection.call('SET', 'text', 'abc');
    const commands = Array.from({ length: 20_000 }, (_, i) => (i === 777 ? ['INCR', 'text'] : ['ECHO', String(i)]));
    const replies = await connection.pipeline(commands);
    expect(replies[777]).toBeInstanceOf(ReplyError);
    expect(replies.filter((reply, i) => i !== 777 && String(reply) !== String(i))).toEqual([]);
  });

  test('a bulk of 40 MiB arrives whole', async () => {
    const server = await startRedis();
    const connection = await connect({ host: server.host, port: server.port });
    const big = Buffer.alloc(40 * 1024 * 1024, 'ab');
    await connection.call('SET', 'big', big);
    expect(big.equals((await connection.call('GET', 'big')) as Buffer)).toBe(true);
  });

  test('when the link breaks all that wait are told, and later calls too', async () => {
    const server = await startRedis();
    const connection = await connect({ host: server.host, port: server.port });
    const waiting = Promise.allSettled([connection.call('BLPOP', 'none', 0), connection.call('PING')]);
    await server.client.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES');
    const isLost = { status: 'rejected', reason: { code: 'endpoint.link_lost' } };
    expect(await waiting).toMatchObject([isLost, isLost]);
    await expect(connection.call('PING')).rejects.toMatchObject({ code: 'endpoint.link_lost' });
  });

  test('a server that falls silent is noticed', async () => {
    const server = await startRedis();
    const connection = await connect({ host: server.host, port: server.port, replyTimeoutMs: 300 });
    await server.kill('SIGSTOP');
    await expect(connection.call('PING')).rejects.toMatchObject({ code: 'endpoint.timeout' });
    await server.kill('SIGCONT');
  });

  test('an abort ends it with its reason', async () => {
    const server = await startRedis();
    const controller = new AbortController();
    const connection = await connect({ host: server.host, port: server.port, signal: controller.signal });
    const waiting = connection.call('BLPOP', 'none', 0);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
