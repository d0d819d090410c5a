import { hasServer, type RedisServer, type ServerVersion, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { preflight, rowOf } from './preflight.ts';

afterEach(() => stopEverything());

const versions: ServerVersion[] = ['redis@6.0', 'redis@7.0', 'valkey@8.1', 'redis@8.0'];

/** Two servers of a version, the first with these users (password `pw`) beside the default one. */
async function pair(version: ServerVersion, users: string[]): Promise<{ server: RedisServer; other: RedisServer }> {
  const acl = users.map((rules) => `user ${rules.replace(' ', ' on >pw ')}`);
  const server = await startRedis({ version, acl });
  return { server, other: await startRedis({ version }) };
}

const as = (user: string, server: RedisServer): string => `redis://${user}:pw@127.0.0.1:${server.port}`;

describe.each(versions)('%s as the source', (version) => {
  test('the smallest set of rights for the stream is enough, and what is missing beside it is named', async ({
    skip,
  }) => {
    if (!(await hasServer(version))) skip();
    const { server, other } = await pair(version, ['stream -@all +psync +replconf +ping +info +select']);
    const report = await preflight(as('stream', server), other.url);
    expect(rowOf(report, 'source.psync').status).toBe('pass');
    const row = rowOf(report, 'source.permissions');
    expect(row).toMatchObject({ status: 'warn', code: 'optional_missing' });
    expect(row.facts?.optional).toBe('config|get, time, scan, type, dump, pttl, multi');
  });

  test('without PSYNC it blocks with the line that allows it, and the line turns it green', async ({ skip }) => {
    if (!(await hasServer(version))) skip();
    const { server, other } = await pair(version, ['half ~* +@all -psync -replconf']);
    const row = rowOf(await preflight(as('half', server), other.url), 'source.permissions');
    expect(row).toMatchObject({ status: 'fail', code: 'missing', command: 'ACL SETUSER half +psync +replconf' });
    expect(rowOf(await preflight(as('half', server), other.url), 'source.psync')).toMatchObject({
      status: 'fail',
      code: 'refused',
    });
    await server.client.call('ACL', 'SETUSER', ...(row.command?.split(' ').slice(2) ?? []));
    const after = await preflight(as('half', server), other.url);
    expect(rowOf(after, 'source.permissions').status).toBe('pass');
    expect(rowOf(after, 'source.psync').status).toBe('pass');
  });

  test('without INFO everything that reads it is skipped and names the rights', async ({ skip }) => {
    if (!(await hasServer(version))) skip();
    const { server, other } = await pair(version, ['blind ~* +@all -info']);
    const report = await preflight(as('blind', server), other.url);
    expect(rowOf(report, 'source.permissions')).toMatchObject({ status: 'fail', command: 'ACL SETUSER blind +info' });
    expect(rowOf(report, 'source.role')).toMatchObject({
      status: 'skipped',
      facts: { prerequisite: 'source.permissions' },
    });
  });

  test('asking begins no full sync, forks nothing and leaves no replica', async ({ skip }) => {
    if (!(await hasServer(version))) skip();
    const { server, other } = await pair(version, ['tx ~* +@all -acl', 'stream -@all +psync +replconf +ping +info']);
    for (const url of [server.url, as('tx', server), as('stream', server)]) await preflight(url, other.url);
    const info = await server.info();
    expect(info).toMatchObject({
      sync_full: '0',
      sync_partial_ok: '0',
      connected_slaves: '0',
      rdb_bgsave_in_progress: '0',
    });
    expect(Number(info.total_forks ?? 0)).toBe(0);
    expect(server.log()).not.toMatch(/full sync|Full resync|BGSAVE/i);
  });
});

describe.each(versions)('%s as the target', (version) => {
  test('a user with all it needs passes, whether it may ask for its rights or not', async ({ skip }) => {
    if (!(await hasServer(version))) skip();
    const { server, other } = await pair(version, ['full ~* +@all', 'quiet ~* +@all -acl']);
    for (const user of ['full', 'quiet'])
      expect(rowOf(await preflight(other.url, as(user, server)), 'target.permissions').status).toBe('pass');
  });

  test('missing commands block with the line that allows them, and the line turns it green', async ({ skip }) => {
    if (!(await hasServer(version))) skip();
    const { server, other } = await pair(version, [
      'part ~* +@all -restore -eval',
      'part2 ~* +@all -restore -eval -acl',
    ]);
    for (const user of ['part', 'part2']) {
      const row = rowOf(await preflight(other.url, as(user, server)), 'target.permissions');
      expect(row).toMatchObject({ status: 'fail', code: 'missing', command: `ACL SETUSER ${user} +restore +eval` });
      await server.client.call('ACL', 'SETUSER', ...(row.command?.split(' ').slice(2) ?? []));
      expect(rowOf(await preflight(other.url, as(user, server)), 'target.permissions').status).toBe('pass');
    }
  });

  test('dangerous commands that are forbidden are a warning', async ({ skip }) => {
    if (!(await hasServer(version))) skip();
    const { server, other } = await pair(version, ['careful ~* +@all -flushall -flushdb -swapdb']);
    const row = rowOf(await preflight(other.url, as('careful', server)), 'target.permissions');
    expect(row).toMatchObject({ status: 'warn', facts: { optional: 'flushall, flushdb, swapdb' } });
  });

  test('a user for some keys only is told to get all', async ({ skip }) => {
    if (!(await hasServer(version))) skip();
    const { server, other } = await pair(version, ['fenced ~app:* +@all', 'fenced2 ~app:* +@all -acl']);
    for (const user of ['fenced', 'fenced2']) {
      const row = rowOf(await preflight(other.url, as(user, server)), 'target.permissions');
      expect(row).toMatchObject({ status: 'fail', code: 'keys_refused', command: `ACL SETUSER ${user} ~*` });
    }
  });

  test('asking writes nothing', async ({ skip }) => {
    if (!(await hasServer(version))) skip();
    const { server, other } = await pair(version, ['quiet ~* +@all -acl']);
    for (const url of [server.url, as('quiet', server)]) await preflight(other.url, url);
    const info = await server.info();
    expect(await server.client.dbsize()).toBe(0);
    expect(info.rdb_changes_since_last_save).toBe('0');
  });
});

test('a renamed PSYNC is told apart from a forbidden one', async () => {
  const [source, target] = [await startRedis({ args: ['--rename-command', 'PSYNC', 'hidden'] }), await startRedis()];
  const report = await preflight(source.url, target.url);
  expect(rowOf(report, 'source.psync')).toMatchObject({ status: 'fail', code: 'unknown' });
  expect(rowOf(report, 'source.permissions')).toMatchObject({ status: 'fail', code: 'unknown_commands' });
});

test('a source that is read by SCAN needs no PSYNC', async () => {
  const { server, other } = await pair('redis@7.0', ['scan ~* -@all +scan +type +dump +pttl +select +ping +info']);
  const report = await preflight(as('scan', server).replace('redis:', 'redis-scan:'), other.url);
  expect(rowOf(report, 'source.permissions').status).toBe('warn');
  expect(report.rows.some(({ id }) => id === 'source.psync')).toBe(false);
});
