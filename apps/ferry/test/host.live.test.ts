import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {
  type FerryResult,
  type RedisServer,
  runFerry,
  spawnFerry,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

let source: RedisServer;
let target: RedisServer;
const dirs: string[] = [];

beforeAll(async () => {
  [source, target] = await Promise.all([startRedis(), startRedis()]);
  await source.client.set('only-here', '1');
});
afterEach(async () => {
  for (const dir of dirs.splice(0)) await runFerry(['reap', '--state', dir, '--kill']);
});
afterAll(() => stopEverything());

const newDir = () => {
  const dir = path.join(tempDir('state'), "it's a run");
  dirs.push(dir);
  return dir;
};
/** A full check that waits an hour before its second round. */
const job = (change: object = {}) => ({
  version: 1,
  kind: 'check',
  source: { url: source.url, password: 'canary-4711' },
  target: { url: target.url },
  check: { rounds: 2, intervalMs: 3_600_000 },
  ...change,
});
const launch = (dir: string, change: object = {}) =>
  runFerry(['launch', '--state', dir], { stdin: JSON.stringify(job({ source: { url: source.url }, ...change })) });
const read = ({ stdout }: FerryResult) => JSON.parse(stdout);
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const isAlive = (pid: number) => {
  try {
    return !/\) [ZX]/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('launch', () => {
  test('starts an engine in a session of its own that outlives it', async () => {
    const dir = newDir();
    const { pid, attached } = read(await launch(dir));
    expect(attached).toBe(false);
    expect(isAlive(pid)).toBe(true);
    const session = execFileSync('ps', ['-o', 'sid=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    expect(session).not.toBe(
      execFileSync('ps', ['-o', 'sid=', '-p', String(process.pid)], { encoding: 'utf8' }).trim(),
    );
    expect(fs.statSync(dir).mode & 0o777).toBe(0o700);
    expect(fs.statSync(path.join(dir, 'job.json')).mode & 0o777).toBe(0o600);
  });

  test('a second time finds the engine that runs, also at the same moment', async () => {
    const dir = newDir();
    const answers = (await Promise.all([launch(dir), launch(dir), launch(dir)])).map(read);
    answers.push(read(await launch(dir)));
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
    expect(answers[3]).toMatchObject({ attached: true });
    const engines = execFileSync('pgrep', ['-fc', `^[^ ]*node .*--job ${dir}/job.json`], { encoding: 'utf8' });
    expect(Number(engines)).toBe(1);
  });

  test('says how an engine ended that ended at once', async () => {
    const dir = newDir();
    const result = await launch(dir, { source: { url: 'redis://127.0.0.1:1/' } });
    const ended = result.code === 1 ? read(result) : lines((await runFerry(['follow', '--state', dir])).stdout).at(-1);
    expect(ended).toMatchObject({ exitCode: 1, error: { code: 'endpoint.unreachable' } });
  });

  test('that arrives late, after a newer one or after the end, is refused', async () => {
    const dir = newDir();
    const first = read(await launch(dir, { epoch: 2 }));
    expect((await runFerry(['reap', '--state', dir, '--kill'])).code).toBe(0);
    expect(isAlive(first.pid)).toBe(false);
    for (const epoch of [1, 2]) {
      const late = await launch(dir, { epoch });
      expect(late.stderr).toContain('error[engine.fenced]');
      expect(late.code).toBe(1);
    }
    expect(read(await launch(dir, { epoch: 3 }))).toMatchObject({ attached: false });
  });

  test.each([
    ['no JSON', 'canary-4711', 'standard input is not JSON'],
    ['no job', '{"version":1,"password":"canary-4711"}', 'the job is not valid at'],
  ])('with %s says so without repeating it', async (_, stdin, problem) => {
    const result = await runFerry(['launch', '--state', newDir()], { stdin });
    expect(result.code).toBe(64);
    expect(result.stderr).toContain(problem);
    expect(result.stderr + result.stdout).not.toContain('canary-4711');
  });
});

describe('follow', () => {
  test('sends every event once, in order, across the end and a new start of the engine', async () => {
    const dir = newDir();
    const { pid } = read(await launch(dir));
    const follow = await spawnFerry(['follow', '--state', dir, '--beat', '100']);
    await waitFor(() => follow.stdout.includes('"type":"beat"'), { what: 'a beat' });
    process.kill(pid, 'SIGKILL');
    const first = lines((await follow.ended()).stdout);
    expect(first.at(-1)).toMatchObject({ type: 'gone', exitCode: 137, signal: 'SIGKILL' });
    const seen = first.filter(({ seq, at }) => seq !== undefined && at !== undefined);
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((__, index) => index + 1));

    await launch(dir);
    const last = seen.at(-1).seq;
    const again = await spawnFerry(['follow', '--state', dir, '--after', String(last), '--beat', '100']);
    await waitFor(() => again.stdout.includes('"type":"beat"'), { what: 'a beat' });
    await runFerry(['ask', '--state', dir], { stdin: '{"id":"1","command":"stop"}' });
    const second = lines((await again.ended()).stdout);
    const more = second.filter(({ at }) => at !== undefined);
    expect(more[0].seq).toBe(last + 1);
    expect(more.map(({ seq }) => seq)).toEqual(more.map((__, index) => last + 1 + index));
    expect(more.some(({ type, id, ok }) => type === 'ack' && id === '1' && ok)).toBe(true);
    expect(more.at(-1)).toMatchObject({ type: 'done', outcome: 'stopped' });
    expect(second.at(-1)).toMatchObject({ type: 'gone', exitCode: 130, seq: more.at(-1).seq });
  });

  test('of a directory without an engine ends at once', async () => {
    const dir = newDir();
    const result = await runFerry(['follow', '--state', dir]);
    expect(lines(result.stdout)).toEqual([
      { type: 'gone', seq: 0, exitCode: null, signal: null, lastLines: '', error: null },
    ]);
    expect(result.code).toBe(0);
  });

  test('ends with its standard input when asked to', async () => {
    const dir = newDir();
    await launch(dir);
    const result = await runFerry(['follow', '--state', dir, '--while-stdin'], { stdin: '' });
    expect(result.code).toBe(0);
    expect(result.stdout).not.toContain('"type":"gone"');
  });

  test('says that an engine is stopped in its tracks', async () => {
    const dir = newDir();
    const { pid } = read(await launch(dir));
    process.kill(pid, 'SIGSTOP');
    const follow = await spawnFerry(['follow', '--state', dir, '--beat', '100']);
    await waitFor(() => follow.stdout.includes('"isSuspended":true'), { what: 'the beat of a stopped engine' });
    process.kill(pid, 'SIGCONT');
    await waitFor(() => follow.stdout.trimEnd().endsWith('"isSuspended":false}'), { what: 'the beat of a living one' });
    await follow.stop();
  });

  test('an engine of before a restart of the machine is gone', async () => {
    const dir = newDir();
    const { pid } = read(await launch(dir));
    process.kill(pid, 'SIGKILL');
    await waitFor(() => !isAlive(pid));
    const lock = fs.readdirSync(dir).find((name) => /^lock\.\d+$/.test(name)) ?? '';
    const holder = { pid: process.pid, startTime: '1', place: 'here other-boot pid' };
    fs.writeFileSync(path.join(dir, lock), JSON.stringify(holder));
    fs.utimesSync(path.join(dir, lock), 1, 1);
    expect(lines((await runFerry(['follow', '--state', dir])).stdout).at(-1)).toMatchObject({ type: 'gone' });
    expect(read(await launch(dir))).toMatchObject({ attached: false });
  });
});

describe('reap', () => {
  test('refuses while an engine runs, ends it when asked to, and leaves no secret behind', async () => {
    const dir = newDir();
    const { pid } = read(await launch(dir));
    const refused = await runFerry(['reap', '--state', dir]);
    expect(refused.stderr).toContain('error[engine.already_running]');
    fs.mkdirSync(path.join(dir, 'spool'));
    const reaped = read(await runFerry(['reap', '--state', dir, '--kill']));
    expect(reaped.killed).toContain(pid);
    expect(JSON.parse(fs.readFileSync(path.join(dir, 'exit.json'), 'utf8'))).toEqual({ code: 130 });
    expect(isAlive(pid)).toBe(false);
    expect(fs.readdirSync(dir).filter((name) => /job|sock|spool/.test(name))).toEqual([]);
    const events = fs.readFileSync(path.join(dir, 'events.jsonl'), 'utf8');
    expect(reaped.seq).toBe(events.trim().split('\n').length);
    expect(read(await runFerry(['reap', '--state', dir])).killed).toEqual([]);
  });

  test('ends a stopped engine too', async () => {
    const dir = newDir();
    const { pid } = read(await launch(dir));
    process.kill(pid, 'SIGSTOP');
    expect((await runFerry(['reap', '--state', dir, '--kill'])).code).toBe(0);
    expect(isAlive(pid)).toBe(false);
  });

  test('never touches another process that was given the number', async () => {
    const dir = newDir();
    await launch(dir);
    await runFerry(['reap', '--state', dir, '--kill']);
    const other = await spawnFerry(['follow', '--state', dir, '--beat', '100']);
    const lock = fs.readdirSync(dir).find((name) => /^lock\.\d+$/.test(name)) ?? '';
    fs.writeFileSync(path.join(dir, lock), JSON.stringify({ pid: other.pid, startTime: '1', place: 'x' }));
    await runFerry(['reap', '--state', dir, '--kill']);
    expect(other.isRunning || other.child.signalCode === null).toBe(true);
    await other.stop();
  });

  test('of a directory that is not there has nothing to do', async () => {
    expect(read(await runFerry(['reap', '--state', newDir()]))).toEqual({ killed: [], removed: [], seq: 0 });
  });
});

test('ask gives the engine’s answer, or why there is none', async () => {
  const dir = newDir();
  await launch(dir);
  const ask = (stdin: string) => runFerry(['ask', '--state', dir], { stdin });
  expect(read(await ask('{"id":"1","command":"status"}'))).toMatchObject({ ok: true });
  const refused = await ask('{"id":"2","command":"pause"}');
  expect(refused.code).toBe(1);
  expect(read(refused)).toMatchObject({ ok: false, code: 'engine.command_unsupported' });
  await runFerry(['reap', '--state', dir, '--kill']);
  expect(read(await ask('{"id":"3","command":"status"}'))).toMatchObject({ ok: false, code: 'engine.not_running' });
  expect((await ask('{"id":"4","command":"format"}')).code).toBe(64);
});

test('machine says what this machine is', async () => {
  const facts = read(await runFerry(['machine', '--work-dir', '/tmp/not/there']));
  expect(facts).toMatchObject({ os: process.platform, arch: process.arch, isWorkDirWritable: true });
  expect(Math.abs(facts.now - Date.now())).toBeLessThan(5_000);
});

test('the password of a job is in no command line and no environment while the engine runs', async () => {
  const dir = newDir();
  const result = await runFerry(['launch', '--state', dir], { stdin: JSON.stringify(job()) });
  const shown = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) =>
      ['cmdline', 'environ'].map((name) => {
        try {
          return fs.readFileSync(`/proc/${pid}/${name}`, 'latin1');
        } catch {
          return '';
        }
      }),
    );
  expect(shown.filter((text) => text.includes('canary-4711'))).toEqual([]);
  expect(result.stdout + result.stderr).not.toContain('canary-4711');
});
