import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type RedisServer, startCluster, startRedis, stopEverything, tempDir, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from './migration.ts';

afterEach(() => stopEverything());

const code = (answer: number) => `#!lua name=lib\nredis.register_function('f', function() return ${answer} end)`;
const load = ({ client }: Pick<RedisServer, 'client'>, answer: number) => client.call('FUNCTION', 'LOAD', code(answer));

/** A file with one key and a library that answers 1. */
async function written(): Promise<{ url: string }> {
  const dir = tempDir('written');
  const server = await startRedis({ args: ['--dir', dir] });
  await server.client.set('k', 'v');
  await load(server, 1);
  await server.client.save();
  return { url: `rdb:${path.join(dir, 'dump.rdb')}` };
}

describe('a library of functions that the target has already', () => {
  test.each([
    { onConflict: 'fail', had: 1, error: null, has: 1 },
    { onConflict: 'fail', had: 2, error: 'target.library_exists', has: 2 },
    { onConflict: 'skip', had: 2, error: null, has: 2 },
    { onConflict: 'overwrite', had: 2, error: null, has: 1 },
  ] as const)('answering $had, with on-conflict $onConflict answers $has afterwards', async (row) => {
    const { onConflict, had, error, has } = row;
    const [source, target] = [await written(), await startRedis()];
    await load(target, had);
    const run = new Migration({ source, target }, { mode: 'full', options: { onConflict } });
    if (error) await expect(run.end).rejects.toMatchObject({ code: error, facts: { library: 'lib' } });
    else expect((await run.end).snapshot).toMatchObject({ lost: {}, keysDone: 1 });
    expect(await target.client.call('FCALL', 'f', '0')).toBe(has);
  });

  test('with on-conflict fail and other code nothing is written when the preflight can see it', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await source.client.set('k', 'v');
    await load(source, 1);
    await load(target, 2);
    const run = new Migration({ source, target }, { mode: 'full' });
    await expect(run.end).rejects.toMatchObject({ code: 'preflight.blocked', facts: { outcome: 'taken' } });
    expect(await target.client.dbsize()).toBe(0);
  });

  test('is loaded once from a cluster whose primaries all have it', async () => {
    const [cluster, target] = [await startCluster(), await startRedis()];
    for (const node of cluster.nodes) await load(node.server, 1);
    const { snapshot } = await new Migration({ source: cluster, target }, { mode: 'full' }).end;
    expect(snapshot.lost).toEqual({});
    expect(await target.client.call('FCALL', 'f', '0')).toBe(1);
  });
});

test('a library that no node takes, when a cluster takes writes again, is counted', { timeout: 60_000 }, async () => {
  const [source, target] = await Promise.all([startRedis(), startCluster()]);
  const run = new Migration({ source, target });
  await run.caughtUp(source);
  const onNodes = (...words: [string, ...string[]]) =>
    Promise.all(target.nodes.map(({ server }) => server.client.call(...words)));
  await onNodes('FUNCTION', 'LOAD', code(2).replace('=lib', '=own'));
  await onNodes('CONFIG', 'SET', 'maxmemory', '1');
  await source.client.mset(Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`key:${n}`, 'v'])));
  await waitFor(() => run.codes().includes('target.out_of_memory'), { what: 'the target to be full' });
  await load(source, 1);
  await waitFor(async () => run.codes().filter((one) => one === 'target.out_of_memory').length > 2, {
    what: 'another attempt',
    deadlineMs: 20_000,
  });
  await onNodes('CONFIG', 'SET', 'maxmemory', '0');
  await run.caughtUp(source);
  expect((await run.status()).lost).toEqual({ function: 1 });
  await run.stop();
});

test('a command that did not arrive is named by its key', async () => {
  const file = path.join(tempDir('written'), 'one.aof');
  const words = ['XGROUP', 'SETID', 'stream', 'group', '0'];
  writeFileSync(file, `*5\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
  const run = new Migration({ source: { url: `aof:${file}` }, target: await startRedis() });
  await expect(run.end).rejects.toMatchObject({ code: 'migration.incomplete' });
  const [loss] = run.of('log').filter(({ msg }) => msg === 'An element did not arrive');
  expect(loss).toMatchObject({ class: 'command', key: 'stream' });
});
