import { afterEach, describe, expect, test } from 'vitest';
import {
  hasServer,
  type ServerVersion,
  startRedis,
  startReplica,
  stopEverything,
  tlsFiles,
  waitFor,
} from '../src/index.ts';

afterEach(() => stopEverything());

describe('a started server', () => {
  test('answers, and is gone after stop', async () => {
    const server = await startRedis();
    expect(await server.client.set('a', '1')).toBe('OK');
    const { pid } = server;
    await server.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('asks for its password', async () => {
    const server = await startRedis({ password: 'p@ss wörd' });
    expect(await server.client.ping()).toBe('PONG');
    const other = server.connect({ password: 'wrong' });
    await expect(other.ping()).rejects.toThrow(/NOAUTH|WRONGPASS/);
    expect(server.url).toContain('redis://:p%40ss%20w%C3%B6rd@127.0.0.1:');
  });

  test('has the users of its ACL lines beside the default one', async () => {
    const server = await startRedis({ password: 'x', acl: ['user reader on >r ~* +@read +ping'] });
    const reader = server.connect({ username: 'reader', password: 'r', enableReadyCheck: false });
    expect(await reader.get('a')).toBeNull();
    await expect(reader.set('a', '1')).rejects.toThrow('NOPERM');
  });

  test('speaks TLS with a certificate of our authority', async () => {
    const server = await startRedis({ tls: true });
    expect(await server.client.ping()).toBe('PONG');
    expect(server.url).toBe(`rediss://127.0.0.1:${server.port}?ca=${tlsFiles().ca}`);
  });

  test('keeps its data over a restart when told to save', async () => {
    const server = await startRedis({ args: ['--save', '3600 1'] });
    await server.client.set('a', '1');
    await server.restart();
    expect(await server.client.get('a')).toBe('1');
  });

  test('is replicated by a replica', async () => {
    const primary = await startRedis({ password: 'x' });
    await primary.client.set('a', '1');
    const replica = await startReplica(primary, { password: 'x' });
    expect(await replica.client.get('a')).toBe('1');
  });

  test('can be stopped and continued', async () => {
    const server = await startRedis();
    await server.kill('SIGSTOP');
    const client = server.connect({ commandTimeout: 200 });
    await expect(client.ping()).rejects.toThrow('timed out');
    await server.kill('SIGCONT');
    await waitFor(() => client.ping());
  });
});

describe.each(['redis@6.0', 'redis@8.0', 'valkey@8.0', 'valkey@8.1', 'valkey@9'] satisfies ServerVersion[])(
  '%s',
  (version) => {
    test('starts', async ({ skip }) => {
      if (!(await hasServer(version))) skip();
      const server = await startRedis({ version });
      const info = await server.info('server');
      expect(info.valkey_version ?? info.redis_version).toContain(version.split('@')[1]);
    });
  },
);
