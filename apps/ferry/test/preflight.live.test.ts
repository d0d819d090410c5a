import fs from 'node:fs';
import path from 'node:path';
import { PreflightReport, PreflightRow } from '@cacheferry/contract';
import { runFerry, startRedis, stopEverything, tempDir } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';

afterEach(() => stopEverything());

const lines = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function jobFile(job: object, mode = 0o600): string {
  const file = path.join(tempDir('job'), 'job.json');
  fs.writeFileSync(file, JSON.stringify({ version: 1, kind: 'preflight', ...job }), { mode });
  return file;
}

describe('ferry preflight', () => {
  test('prints a table and ends with 0 when a migration may start', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    const { code, stdout, stderr } = await runFerry(['preflight', source.url, target.url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ok {4} machine\.memory /m);
    expect(stdout).toMatch(/^WARN {2} source\.auth .*\n {10,}→ Give the default user a password/m);
    expect(stdout.trimEnd()).toMatch(/\nMay start: \d+ ok, \d+ warnings, 0 blocking$/);
  });

  test('ends with 3 and names what blocks', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await target.client.set('a', '1');
    const { code, stdout, stderr } = await runFerry(['preflight', source.url, target.url]);
    expect(code).toBe(3);
    expect(stdout).toContain('FAIL   target.empty');
    expect(stderr).toMatch(/^error\[preflight\.blocked\]: .*: target\.empty\. fix: .+\n$/);
  });

  test('prints one document with --json, which the contract knows', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    const { code, stdout } = await runFerry(['preflight', source.url, target.url, '--json']);
    const [report, ...more] = lines(stdout).map((line) => PreflightReport.parse(line));
    expect(more).toEqual([]);
    expect(report).toMatchObject({ ok: true, source: { version: '7.0.15' }, target: { keys: 0 } });
    expect(report?.source?.nodes).toEqual([`${source.host}:${source.port}`]);
    expect(report?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(code).toBe(0);
  });

  test('prints the rows as they come with --rows, and the report last', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    const { stdout } = await runFerry(['preflight', source.url, target.url, '--rows']);
    const all = lines(stdout);
    const report = PreflightReport.parse(all.at(-1));
    const rows = all.slice(0, -1).map((line) => PreflightRow.parse(line));
    expect(rows.map(({ id }) => id).sort()).toEqual(report.rows.map(({ id }) => id).sort());
  });

  test('reads a job from a file that only its owner can read, and passwords from it or the environment', async () => {
    const [source, target] = [await startRedis({ password: 'pw-one' }), await startRedis({ password: 'pw-two' })];
    const ends = { source: { url: source.bareUrl, password: 'pw-one' }, target: { url: target.bareUrl } };
    const env = { FERRY_TARGET_PASSWORD: 'pw-two' };
    const { code, stdout, stderr } = await runFerry(['preflight', '--job', jobFile(ends), '--json'], { env });
    expect(code).toBe(0);
    expect(stdout + stderr).not.toMatch(/pw-(one|two)/);
    const open = await runFerry(['preflight', '--job', jobFile(ends, 0o644)]);
    expect(open).toMatchObject({ code: 64, stdout: '' });
    expect(open.stderr).toContain('error[config.unsafe_file]');
  });

  test('reads a job from standard input, and its options as those of the run', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await target.client.set('a', '1');
    const job = {
      version: 1,
      source: { url: source.url },
      target: { url: target.url },
      options: { onConflict: 'skip' },
    };
    const run = (...flags: string[]) =>
      runFerry(['preflight', '--job', '-', '--json', ...flags], { stdin: JSON.stringify(job) });
    expect((await run()).code).toBe(0);
    expect((await run('--on-conflict', 'fail')).code).toBe(3);
  });

  test('writes nothing to either end', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await source.client.set('a', '1');
    await runFerry(['preflight', source.url, target.url]);
    expect(await target.client.dbsize()).toBe(0);
    expect((await target.info()).rdb_changes_since_last_save).toBe('0');
    expect(await source.info()).toMatchObject({ rdb_changes_since_last_save: '1', sync_full: '0' });
  });

  test.each([
    [['preflight'], 'SOURCE and TARGET'],
    [['preflight', 'redis://a', 'redis://b', '--no-such'], '--no-such'],
    [['preflight', 'redis://a', 'redis://b', '--on-conflict', 'maybe'], '--on-conflict'],
    [['preflight', 'redis://a', 'redis://b', '--db-map', 'x'], '--db-map'],
    [['preflight', 'redis://a', 'redis://b', '--mode', 'half'], '--mode'],
    [['preflight', 'nonsense', 'redis://b'], 'address'],
  ])('%j is wrong use', async (args, part) => {
    const { code, stderr, stdout } = await runFerry(args);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(part);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
