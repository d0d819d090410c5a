import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CheckResult, Conflict, EngineEvent, Snapshot } from '@cacheferry/contract';
import {
  bundleFerry,
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
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';

const dirs: string[] = [];
function newDir(): string {
  const dir = tempDir('check');
  dirs.push(dir);
  return dir;
}
beforeAll(bundleFerry);
afterEach(async () => {
  await stopEverything();
  for (const dir of dirs.splice(0)) removeDir(dir);
});

const quick = { args: ['--repl-diskless-sync', 'yes', '--repl-diskless-sync-delay', '0'] };

/** A source with data and an empty target that a migration keeps up to date. */
async function followed(
  keys: number,
  flags: readonly string[] = [],
): Promise<{ source: RedisServer; target: RedisServer; migration: FerryProcess }> {
  const [source, target] = await Promise.all([startRedis(quick), startRedis()]);
  await seedMixed(source.client, { keys, seed: 31, dbs: [0, 2] });
  const dir = newDir();
  const migration = await spawnFerry(['migrate', '--state', dir, ...flags, source.url, target.url]);
  await waitFor(
    async () => {
      if (!migration.isRunning) throw new Error(migration.stderr);
      if (!existsSync(join(dir, 'control.sock'))) return false;
      const { code, stdout } = await runFerry(['status', '--state', dir, '--json']);
      return code === 0 && Snapshot.parse(JSON.parse(stdout)).state === 'incremental_sync';
    },
    { deadlineMs: 40_000, what: 'incremental sync' },
  );
  return { source, target, migration };
}

async function ferryCheck(source: RedisServer, target: RedisServer, ...flags: string[]) {
  const ended = await runFerry(['check', source.url, target.url, '--json', '--interval', '100', ...flags]);
  return { ...ended, result: ended.stdout === '' ? null : CheckResult.parse(JSON.parse(ended.stdout)) };
}

const conflictsIn = (file: string): Conflict[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Conflict.parse(JSON.parse(line)));
const brief = ({ db, key, class: name }: Conflict) => `${db} ${Buffer.from(key, 'base64')} ${name}`;

describe.each([
  ['whole', []],
  ['by type and size', ['--exclude', 'type:hash,stream', '--exclude', 'size:>2kb']],
])('while a migration (%s) runs and the source is written to', (_, rules) => {
  test('no write in flight becomes a conflict, and what was planted is found, exactly that', async () => {
    const { source, target } = await followed(4_000, rules);
    for (let i = 0; i < 4; i++) await source.client.set(`calm:${i}`, 'right');
    const writer = await startWriter(source.url, { rate: 3_000, seed: 32, keys: 300 });
    for (let run = 0; run < 4; run++) {
      const out = join(newDir(), 'conflicts.jsonl');
      const { code, result } = await ferryCheck(source, target, '--out', out, ...rules);
      expect([code, conflictsIn(out)]).toEqual([0, []]);
      expect(result?.verdict).toBe('consistent');
      expect(result?.offsets.target).toBeGreaterThan(0);
    }
    await target.client.set('calm:0', 'wrong');
    await target.client.del('calm:1');
    await target.client.pexpireat('calm:2', 4_102_444_800_000);
    await target.client.set('extra', 'x');
    const out = join(newDir(), 'conflicts.jsonl');
    const { code, result } = await ferryCheck(source, target, '--out', out, ...rules);
    expect(conflictsIn(out).map(brief).sort()).toEqual([
      '0 calm:0 value',
      '0 calm:1 missing',
      '0 calm:2 ttl',
      '0 extra extra',
    ]);
    expect([code, result?.verdict]).toEqual([2, 'inconsistent']);
    const repaired = await ferryCheck(source, target, '--repair', ...rules);
    expect([repaired.code, repaired.result?.verdict], repaired.stderr).toEqual([0, 'consistent']);
    const classes = { value: 1, missing: 1, ttl: 1, extra: 1 };
    expect(repaired.result?.repair).toEqual({ keysFound: 4, keysRepaired: 4, classes });
    await waitFor(() => writer.counts.acked > 1_000, { deadlineMs: 30_000 });
    await writer.stop();
    expect((await ferryCheck(source, target, ...rules)).code).toBe(0);
  });
});

describe('ferry check', () => {
  test('says how many of the keys that differed it repaired, and does not begin where it could repair none', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await source.client.mset('a', '1', 'b', '2', 'c', '3');
    await target.client.mset('a', '1', 'b', 'wrong', 'd', '4');
    const { code, stdout } = await runFerry(['check', source.url, target.url, '--interval', '100', '--repair']);
    expect([code, stdout.split('\n').filter((line) => line.includes('repaired'))]).toEqual([
      0,
      [expect.stringMatching(/^3 of 3 keys repaired: (1 (value|missing|extra)(, |$)){3}/)],
    ]);
    expect(stdout).toContain('consistent: ');
    const again = await ferryCheck(source, target, '--repair');
    expect(again.result?.repair).toEqual({ keysFound: 0, keysRepaired: 0, classes: {} });
    expect((await ferryCheck(source, target)).result?.repair).toBeUndefined();
    const names = await runFerry(['check', source.url, target.url, '--repair', '--mode', 'keys']);
    expect([names.code, names.stderr]).toEqual([64, expect.stringContaining('--repair compares whole values')]);
  });

  test('with a state directory writes its events there and obeys ferry stop', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 5_000, seed: 33 });
    const dir = newDir();
    const check = await spawnFerry(['check', source.url, target.url, '--state', dir, '--rate-keys', '500', '--json']);
    await waitFor(() => existsSync(join(dir, 'control.sock')), { what: 'the control socket' });
    const status = await runFerry(['status', '--state', dir, '--json']);
    expect(status.code, status.stderr).toBe(0);
    expect((await runFerry(['stop', '--state', dir])).code).toBe(0);
    const { code, stdout } = await check.ended();
    expect(code).toBe(130);
    expect(CheckResult.parse(JSON.parse(stdout)).verdict).toBe('partial');
    const events = readFileSync(join(dir, 'events.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as EngineEvent);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.at(-1)).toMatchObject({ type: 'done', outcome: 'stopped' });
    expect(events.some(({ type }) => type === 'progress')).toBe(true);
    expect(events.some(({ type, command }) => type === 'ack' && command === 'stop')).toBe(true);
  });

  test('that finds conflicts tells them in its events and ends with 2', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await source.client.mset('a', '1', 'b', '2');
    await target.client.set('b', '3');
    const dir = newDir();
    const { code, result } = await ferryCheck(source, target, '--state', dir);
    expect([code, result?.conflicts]).toEqual([2, { missing: 1, value: 1 }]);
    const lines = readFileSync(join(dir, 'events.jsonl'), 'utf8').trimEnd().split('\n');
    const found = lines
      .map((line) => EngineEvent.parse(withSnapshot(JSON.parse(line))))
      .filter(({ type }) => type === 'conflict');
    expect(found).toHaveLength(2);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      type: 'done',
      outcome: 'inconsistent',
      result: { verdict: 'inconsistent' },
    });
  });

  test('that is killed leaves no verdict behind', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 5_000, seed: 34 });
    const check = await spawnFerry(['check', source.url, target.url, '--rate-keys', '500', '--json']);
    await waitFor(async () => String(await source.client.client('LIST')).includes('cacheferry:check'), {
      what: 'the check',
    });
    check.signal('SIGKILL');
    expect(await check.ended()).toMatchObject({ signal: 'SIGKILL', stdout: '' });
  });

  test('that loses a server ends with 1 and names it', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 5_000, seed: 35 });
    const check = await spawnFerry(['check', source.url, target.url, '--rate-keys', '500', '--json']);
    await waitFor(async () => String(await target.client.client('LIST')).includes('cacheferry:check'), {
      what: 'the check',
    });
    await target.kill();
    const { code, stdout, stderr } = await check.ended();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/error\[endpoint\.\w+\]: .*fix: /);
  });

  test.each([
    ['an unknown mode', ['--mode', 'some']],
    ['no round', ['--rounds', '0']],
    ['one address', []],
  ])('with %s is wrong use', async (_, flags) => {
    const addresses = flags.length > 0 ? ['redis://127.0.0.1:1', 'redis://127.0.0.1:2'] : ['redis://127.0.0.1:1'];
    const { code, stderr } = await runFerry(['check', ...addresses, ...flags]);
    expect([code, stderr.startsWith('error[')]).toEqual([64, true]);
  });
});

/** A progress line holds the snapshot's fields themselves; the schema has them under a name. */
function withSnapshot(line: Record<string, unknown>): unknown {
  return line.type === 'progress' ? { ...line, snapshot: line } : line;
}
