import fs from 'node:fs';
import path from 'node:path';
import {
  endProcess,
  freePort,
  type RedisServer,
  seedMixed,
  startProcess,
  startRedis,
  startReplica,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { preflight, rowOf } from './preflight.ts';

afterEach(() => stopEverything());

describe('a replica as the source', () => {
  test('passes while its link is up', async () => {
    const primary = await startRedis();
    const [replica, target] = [await startReplica(primary), await startRedis()];
    const row = rowOf(await preflight(replica.url, target.url), 'source.role');
    expect(row).toMatchObject({ status: 'pass', code: 'replica', facts: { primary: `127.0.0.1:${primary.port}` } });
  });

  test('blocks when its link is down', async () => {
    const primary = await startRedis();
    const [replica, target] = [await startReplica(primary), await startRedis()];
    await primary.stop();
    await waitFor(async () => (await replica.info('replication')).master_link_status === 'down');
    const row = rowOf(await preflight(replica.url, target.url), 'source.role');
    expect(row).toMatchObject({ status: 'fail', code: 'link_down' });
    expect(row.command).toBe(`redis-cli -h 127.0.0.1 -p ${replica.port} REPLICAOF 127.0.0.1 ${primary.port}`);
  });

  test('blocks also when it refuses stale reads', async () => {
    const target = await startRedis();
    const replica = await startRedis({
      replicaOf: { host: '127.0.0.1', port: await freePort() },
      args: ['--replica-serve-stale-data', 'no'],
    });
    expect(rowOf(await preflight(replica.url, target.url), 'source.role')).toMatchObject({
      status: 'fail',
      code: 'link_down',
    });
  });
});

/** A folder with a snapshot that takes a server long to load when told so. */
async function snapshotDir(): Promise<string> {
  const dir = tempDir('snapshot');
  const server = await startRedis({ dir });
  await seedMixed(server.client, { keys: 20_000 });
  await server.client.save();
  await server.stop();
  return dir;
}

const slowLoad = ['--key-load-delay', '2000', '--loading-process-events-interval-bytes', '1024'];

describe('a server that loads its data', () => {
  test('as the source is reported as what it is, and what needs its data is skipped', async () => {
    const [dir, target] = [await snapshotDir(), await startRedis()];
    const source = await startRedis({ dir, args: slowLoad, until: 'listening' });
    const report = await preflight(source.url, target.url);
    expect(rowOf(report, 'source.persistence')).toMatchObject({ status: 'fail', code: 'endpoint.loading' });
    expect(rowOf(report, 'source.auth').status).not.toBe('fail');
    expect(rowOf(report, 'source.role')).toMatchObject({
      status: 'skipped',
      facts: { prerequisite: 'source.persistence' },
    });
  });

  test('as the target too', async () => {
    const [dir, source] = [await snapshotDir(), await startRedis()];
    const target = await startRedis({ dir, args: slowLoad, until: 'listening' });
    const report = await preflight(source.url, target.url);
    expect(rowOf(report, 'target.role')).toMatchObject({ status: 'fail', code: 'endpoint.loading' });
    expect(rowOf(report, 'target.empty')).toMatchObject({ status: 'skipped', facts: { prerequisite: 'target.role' } });
  });
});

describe('what the source is busy with', () => {
  test('a snapshot under way is a warning', async () => {
    const [source, target] = [await startRedis({ args: ['--rdb-key-save-delay', '20000'] }), await startRedis()];
    await seedMixed(source.client, { keys: 1_000 });
    await source.client.bgsave();
    const row = rowOf(await preflight(source.url, target.url), 'source.persistence');
    expect(row).toMatchObject({ status: 'warn', code: 'saving', facts: { what: 'BGSAVE' } });
  });

  test('a failed snapshot blocks, the source as well as the target', async () => {
    const [source, target] = [await startRedis(), await startRedis({ args: ['--save', '3600 1000'] })];
    for (const server of [source, target]) {
      fs.mkdirSync(path.join(server.dir, 'dump.rdb', 'in-the-way'), { recursive: true });
      await server.client.set('a', '1');
      await server.client.bgsave();
      await waitFor(async () => (await server.info()).rdb_last_bgsave_status === 'err');
    }
    const report = await preflight(source.url, target.url, { options: { onConflict: 'skip' } });
    expect(rowOf(report, 'source.persistence')).toMatchObject({ status: 'fail', code: 'save_failed' });
    expect(rowOf(report, 'target.role')).toMatchObject({ status: 'fail', code: 'save_failed' });
  });
});

/** Keeps a server taking in more than 1 MB/s: what it takes in counts as what it writes. */
async function makeNoise(server: RedisServer) {
  const stop = new AbortController();
  const noise = (async () => {
    while (!stop.signal.aborted) await server.client.echo('x'.repeat(100_000));
  })();
  let before = 0;
  let changes = 0;
  // The server tells the mean of its last 16 samples: after as many changes all of them are of the noise.
  await waitFor(async () => {
    const now = Number((await server.info('stats')).instantaneous_input_kbps);
    if (now > 1_000 && now !== before) changes++;
    before = now;
    return changes > 16;
  });
  return {
    stop: () => {
      stop.abort();
      return noise;
    },
  };
}

describe('the buffers of the source', () => {
  test('a replica buffer that is too small blocks, and the given command mends it', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await source.client.config('SET', 'client-output-buffer-limit', 'replica 1024 1024 60');
    const noise = await makeNoise(source);
    const row = rowOf(await preflight(source.url, target.url), 'source.replica_buffer');
    expect(row).toMatchObject({ status: 'fail', code: 'too_small', overridable: true });
    const [, setting = ''] = /limit "(.*)"$/.exec(row.command ?? '') ?? [];
    await source.client.config('SET', 'client-output-buffer-limit', setting);
    expect(rowOf(await preflight(source.url, target.url), 'source.replica_buffer').status).not.toBe('fail');
    await noise.stop();
  });

  test('a burst that has passed does not block, however small the replica buffer is for it', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await source.client.config('SET', 'client-output-buffer-limit', 'replica 1048576 1048576 60');
    const noise = await makeNoise(source);
    const during = rowOf(await preflight(source.url, target.url), 'source.replica_buffer');
    await noise.stop();
    const after = rowOf(await preflight(source.url, target.url), 'source.replica_buffer');
    expect([during.status, after.status === 'fail']).toEqual(['fail', false]);
  });

  test('a backlog that is dropped soon is a warning, in a copy that is not followed it is no question', async () => {
    const [source, target] = [await startRedis({ args: ['--repl-backlog-ttl', '60'] }), await startRedis()];
    const row = rowOf(await preflight(source.url, target.url), 'source.backlog');
    expect(row).toMatchObject({ status: 'warn', code: 'short_lived' });
    const { rows } = await preflight(source.url, target.url, { mode: 'full' });
    expect(rows.some(({ id }) => id === 'source.backlog')).toBe(false);
  });

  test('a backlog that is too small for the traffic is a warning', async () => {
    const [source, target] = [await startRedis({ args: ['--repl-backlog-size', '16384'] }), await startRedis()];
    const noise = await makeNoise(source);
    const row = rowOf(await preflight(source.url, target.url), 'source.backlog');
    await noise.stop();
    expect(row).toMatchObject({ status: 'warn', code: 'small' });
    expect(row.command).toMatch(/CONFIG SET repl-backlog-size \d+[mg]b$/);
  });
});

test('a sentinel is told apart from a server with data', async () => {
  const [port, target, dir] = [await freePort(), await startRedis(), tempDir('sentinel')];
  const config = path.join(dir, 'sentinel.conf');
  fs.writeFileSync(config, `port ${port}\nbind 127.0.0.1\ndir ${dir}\nprotected-mode no\n`);
  const sentinel = startProcess('redis-sentinel', [config], { stdio: 'ignore' });
  const row = await waitFor(async () => {
    const found = rowOf(await preflight(`redis://127.0.0.1:${port}`, target.url), 'source.version');
    return found.status === 'skipped' ? null : found;
  });
  await endProcess(sentinel);
  expect(row).toMatchObject({ status: 'fail', code: 'sentinel' });
});

test('one node of a cluster is a warning as the source and blocks as the target', async () => {
  const args = ['--cluster-enabled', 'yes'];
  const [source, target] = [await startRedis({ args }), await startRedis({ args })];
  const report = await preflight(source.url, target.url);
  expect(rowOf(report, 'source.cluster')).toMatchObject({ status: 'warn', code: 'part_of_cluster' });
  expect(rowOf(report, 'target.cluster')).toMatchObject({ status: 'fail', code: 'is_cluster' });
});

test('a file as the source is looked at in place of a server', async () => {
  const [dir, target] = [tempDir('files'), await startRedis()];
  const file = (name: string, text: string) => {
    fs.writeFileSync(path.join(dir, name), text);
    return `rdb:${path.join(dir, name)}`;
  };
  const codeOf = async (url: string) => rowOf(await preflight(url, target.url), 'file.readable').code;
  expect(await codeOf(file('good.rdb', 'REDIS0011 and so on'))).toBe('readable');
  expect(await codeOf(file('other.rdb', 'PK\u0003\u0004 a zip'))).toBe('not_rdb');
  expect(await codeOf(file('empty.rdb', ''))).toBe('empty');
  expect(await codeOf(`rdb:${dir}/none.rdb`)).toBe('unreadable');
});

test.each([
  ['an older format', 'REDIS0009\xfa\x09redis-ver\x065.0.14', 'fits'],
  ['a newer format', 'REDIS0012', 're_encoded'],
  ['one that nobody knows', 'REDIS9999', 'unsupported'],
])('the version of a file is compared with that of the target: %s', async (_, head, code) => {
  const [dir, target] = [tempDir('files'), await startRedis()];
  fs.writeFileSync(path.join(dir, 'a.rdb'), Buffer.from(`${head}\xff00000000`, 'latin1'));
  expect(rowOf(await preflight(`rdb:${dir}/a.rdb`, target.url), 'file.version').code).toBe(code);
});

test('a file as the target may be replaced only when that is asked for', async () => {
  const [dir, source] = [tempDir('files'), await startRedis()];
  fs.writeFileSync(path.join(dir, 'there.rdb'), 'x');
  const codeOf = async (name: string, job = {}) =>
    rowOf(await preflight(source.url, `rdb:${path.join(dir, name)}`, job), 'target.file').code;
  expect(await codeOf('new.rdb')).toBe('free');
  expect(await codeOf('there.rdb')).toBe('exists');
  expect(await codeOf('there.rdb', { options: { onConflict: 'overwrite' } })).toBe('replaced');
  expect(await codeOf('none/new.rdb')).toBe('not_writable');
});
