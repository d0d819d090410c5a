import fs from 'node:fs';
import path from 'node:path';
import type { JobInput } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import {
  type FaultProxy,
  faultProxy,
  type RedisServer,
  removeDir,
  type Sshd,
  startRedis,
  startSshd,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { processesOf } from './processes-of.ts';
import { contactOf, Installation } from './worker.ts';

let server: Sshd;
let proxy: FaultProxy;
let source: RedisServer;
let target: RedisServer;
let work: string;
let site: Installation;

beforeAll(async () => {
  [source, target] = await Promise.all([startRedis({ password: 'canary-4711' }), startRedis()]);
  await source.client.set('only-here', '1');
  server = await startSshd();
  proxy = await faultProxy({ port: server.port });
});
beforeEach(() => {
  work = tempDir("work 'of' machine");
  site = new Installation(contactOf(server, { port: proxy.port, workDir: work }));
});
afterEach(async () => {
  proxy.heal();
  await site.stopWorkers();
  for (const pid of processesOf(work)) process.kill(pid, 'SIGKILL');
  await waitFor(() => processesOf(work).length === 0, { what: 'the end of all engines' });
  removeDir(work);
});
afterAll(() => stopEverything());

/** A full check that waits an hour before its second round, so that its engine stays. */
const longCheck = (change: object = {}): JobInput => ({
  version: 1,
  kind: 'check',
  source: { url: source.bareUrl, password: 'canary-4711' },
  target: { url: target.url },
  check: { rounds: 2, intervalMs: 3_600_000 },
  ...change,
});
const shortCheck = () => longCheck({ check: { rounds: 1 } });
const row = (id: string) => site.runs.row(id);
const seqs = (id: string) => row(id).events.map(({ seq }) => seq);
const unbroken = (id: string) => row(id).events.map((_, index) => index + 1);
const until = (condition: () => unknown, what: string) => waitFor(condition, { what, deadlineMs: 30_000 });
const engineOf = (id: string) => until(() => row(id).run.pid, 'the launch').then(Number);
const filesOf = (id: string) => fs.readdirSync(row(id).run.stateDir ?? '');

async function running(change: object = {}, times: object = {}): Promise<string> {
  const id = site.addRun(longCheck(change));
  const { supervisor } = await site.worker(times);
  supervisor.attend({ kind: 'run', id });
  await engineOf(id);
  await until(() => row(id).run.lastSeq > 0, 'the first event');
  return id;
}

describe('a run', () => {
  test('is launched, followed to its end, and leaves nothing on the machine but its events', async () => {
    const id = site.addRun(shortCheck());
    const { supervisor } = await site.worker();
    supervisor.attend({ kind: 'run', id });
    supervisor.attend({ kind: 'run', id });
    await until(() => row(id).end, 'the end of the run');
    expect(row(id).end).toEqual({ outcome: 'inconsistent', failure: null, confirmed: true });
    expect(seqs(id)).toEqual(unbroken(id));
    expect(row(id).events.at(-1)).toMatchObject({ type: 'done', outcome: 'inconsistent' });
    expect(row(id).run.launches).toBe(1);
    expect(processesOf(work)).toEqual([]);
    expect(filesOf(id).filter((name) => /job|sock|spool/.test(name))).toEqual([]);
    expect(grep(work, 'canary-4711')).toEqual([]);
  });

  test('is found by the reconciler when nobody rang', async () => {
    const id = site.addRun(shortCheck());
    const { supervisor } = await site.worker();
    await supervisor.reconcile();
    await until(() => row(id).end, 'the end of the run');
  });

  test('that a user stops ends, and no process, socket or secret stays', async () => {
    const id = await running();
    site.runs.stop(id);
    await until(() => row(id).end, 'the end of the run');
    expect(row(id).end).toEqual({ outcome: 'stopped', failure: null, confirmed: true });
    expect(row(id).events.some((event) => event.type === 'ack' && event.id === `stop-${id}` && event.ok)).toBe(true);
    expect(processesOf(work)).toEqual([]);
    expect(filesOf(id).filter((name) => /job|sock|spool/.test(name))).toEqual([]);
  });

  test('that is stopped before its launch never gets an engine', async () => {
    const id = site.addRun(longCheck());
    site.runs.stop(id);
    const { supervisor } = await site.worker();
    supervisor.attend({ kind: 'run', id });
    await until(() => row(id).end, 'the end of the run');
    expect(row(id)).toMatchObject({ end: { outcome: 'stopped' }, run: { launches: 0 } });
    expect(fs.readdirSync(work)).toEqual([]);
  });

  test('whose engine cannot stop is ended by force', async () => {
    const id = await running({}, { stopPatienceMs: 500, askMs: 700 });
    await until(() => row(id).events.some((event) => 'phase' in event && event.phase === 'waiting'), 'the first round');
    process.kill(await engineOf(id), 'SIGSTOP');
    site.runs.stop(id);
    await waitFor(() => row(id).end, { what: 'the end of the run', deadlineMs: 60_000 });
    expect(row(id).end).toEqual({ outcome: 'stopped', failure: null, confirmed: true });
    expect(processesOf(work)).toEqual([]);
  });

  test('hands requests to its engine, and keeps what it refused', async () => {
    const id = await running();
    site.runs.request(id, { id: 'r1', command: 'pause' });
    await until(() => row(id).commands.every(({ isDelivered }) => isDelivered), 'the delivery');
    expect(row(id).commands[0]?.refusal).toMatchObject({ code: 'engine.command_unsupported' });
  });
});

describe('an engine that dies', () => {
  test('is started again within 5 s with a new epoch, its events going on without a gap', async () => {
    const id = await running();
    const first = await engineOf(id);
    const seen = row(id).run.lastSeq;
    process.kill(first, 'SIGKILL');
    const diedAt = performance.now();
    await until(() => row(id).run.launches === 2 && row(id).run.pid, 'the second launch');
    expect(performance.now() - diedAt).toBeLessThan(5_000);
    expect(row(id).run.pid).not.toBe(first);
    await until(() => row(id).run.lastSeq > seen, 'more events');
    expect(seqs(id)).toEqual(unbroken(id));
  });

  test('three times in ten minutes is not started a fourth time', async () => {
    const id = await running();
    for (let death = 1; death <= 3; death++) {
      const pid = Number(await until(() => row(id).run.pid, 'an engine'));
      process.kill(pid, 'SIGKILL');
      await until(() => row(id).deaths === death, `death ${death}`);
    }
    await until(() => row(id).end, 'the end of the run');
    expect(row(id).end).toMatchObject({
      outcome: 'failed',
      failure: { code: 'engine.crash_loop', facts: { count: 3 } },
    });
    expect(row(id).run.launches).toBe(3);
    expect(processesOf(work)).toEqual([]);
    expect(filesOf(id).filter((name) => /job|sock|spool/.test(name))).toEqual([]);
  });

  test('by its own will is not started again: the run fails with what it said', async () => {
    const id = site.addRun(longCheck({ source: { url: 'redis://127.0.0.1:1' } }));
    const { supervisor } = await site.worker();
    supervisor.attend({ kind: 'run', id });
    await until(() => row(id).end, 'the end of the run');
    expect(row(id).end).toMatchObject({ outcome: 'failed' });
    expect(row(id).deaths).toBeLessThan(3);
  });
});

test('a machine that will not start an engine ends the run with what it said', async () => {
  const id = site.addRun(longCheck());
  fs.mkdirSync(path.join(work, 'runs'));
  fs.symlinkSync('/tmp', path.join(work, 'runs', id));
  const { supervisor } = await site.worker();
  supervisor.attend({ kind: 'run', id });
  await until(() => row(id).end, 'the end of the run');
  expect(row(id).end).toMatchObject({ outcome: 'failed', failure: { code: 'config.unsafe_directory' } });
});

describe('a connection that breaks', () => {
  test('again and again loses no event and repeats none', async () => {
    const id = await running();
    const pid = await engineOf(id);
    for (let cut = 0; cut < 3; cut++) {
      const accepted = proxy.accepted;
      proxy.cut();
      await until(() => proxy.accepted > accepted && proxy.open > 0, 'the next connection');
    }
    site.runs.stop(id);
    await until(() => row(id).end, 'the end of the run');
    expect(row(id)).toMatchObject({ end: { outcome: 'stopped' }, deaths: 0, run: { launches: 1, pid } });
    expect(seqs(id)).toEqual(unbroken(id));
  });

  test.each([
    ['is refused', 'reset'],
    ['falls silent', 'blackhole'],
  ] as const)(
    'and %s shows the run as lost, and its true state on contact, after all that happened',
    async (_, mode) => {
      const id = await running();
      const pid = await engineOf(id);
      proxy.set({ mode });
      if (mode === 'reset') proxy.cut();
      await until(() => row(id).run.isLost, 'the loss');
      expect(row(id).lostBy?.code).toMatch(/^machine\.(unreachable|timeout|link_lost)|run\.out_of_contact$/);
      proxy.heal();
      proxy.cut();
      await until(() => !row(id).run.isLost, 'the contact');
      expect(row(id).history.at(-1)).toMatch(/^contact running at \d+$|^events/);
      expect(row(id)).toMatchObject({ deaths: 0, run: { pid } });
      expect(seqs(id)).toEqual(unbroken(id));
    },
  );

  test('while the engine dies: contact brings the death, and a new start', async () => {
    const id = await running();
    proxy.set({ mode: 'reset' });
    await until(() => row(id).run.isLost, 'the loss');
    process.kill(await engineOf(id), 'SIGKILL');
    proxy.heal();
    await until(() => row(id).run.launches === 2 && row(id).run.pid, 'the second launch');
    expect(row(id).run.isLost).toBe(false);
    expect(row(id).history.filter((entry) => /^(contact|death|launch 2)/.test(entry))).toEqual([
      expect.stringMatching(/^contact nothing/),
      'death 1',
      'launch 2',
    ]);
  });

  test('before the launch fails the run after a while, with the reason', async () => {
    proxy.set({ mode: 'reset' });
    const id = site.addRun(longCheck());
    const { supervisor } = await site.worker();
    supervisor.attend({ kind: 'run', id });
    await until(() => row(id).end, 'the end of the run');
    expect(row(id).end).toMatchObject({ outcome: 'failed', failure: { code: 'machine.unreachable' } });
  });

  test('to a machine whose host key changed is not made again until the new key is confirmed', async () => {
    const other = await startSshd({ config: ['LogLevel DEBUG1'] });
    const door = await faultProxy({ port: other.port });
    const at = { port: door.port, workDir: work };
    site = new Installation(contactOf(other, at));
    const id = await running();
    await other.changeHostKey();
    const before = other.log().length;
    door.cut();
    await until(() => row(id).lostBy?.code === 'machine.host_key_changed', 'the loss');
    expect(row(id).run.isLost).toBe(true);
    expect(row(id).lostBy).toMatchObject({ code: 'machine.host_key_changed', facts: { actual: other.fingerprint } });
    expect(other.log().slice(before)).not.toMatch(/userauth-request|Accepted/);
    site.machines.contactNow = contactOf(other, at);
    await until(() => !row(id).run.isLost, 'the contact');
    expect(row(id).deaths).toBe(0);
  });
});

describe('workers', () => {
  test('that stop or die leave the engine alone, and the next one takes it over without a gap', async () => {
    const id = await running();
    const pid = await engineOf(id);
    await site.stopWorkers();
    expect(processesOf(work)).toContain(pid);
    const next = await site.worker();
    await next.supervisor.reconcile();
    await until(() => row(id).held.until > performance.now(), 'the next worker');
    site.runs.stop(id);
    await until(() => row(id).end, 'the end of the run');
    expect(row(id)).toMatchObject({ deaths: 0, run: { launches: 1 } });
    expect(seqs(id)).toEqual(unbroken(id));
  });

  test('share runs: two that are rung at once start one engine', async () => {
    const id = site.addRun(longCheck());
    const workers = await Promise.all([site.worker(), site.worker(), site.worker()]);
    for (const { supervisor } of workers) supervisor.attend({ kind: 'run', id });
    await engineOf(id);
    expect(row(id).run.launches).toBe(1);
    expect(row(id).held.epoch).toBe(1);
  });

  test('that lost their lease write nothing more', async () => {
    const id = await running();
    site.runs.steal(id, 'another worker');
    const { history, run } = row(id);
    process.kill(Number(run.pid), 'SIGKILL');
    await until(() => processesOf(work).length === 0, 'the end of the engine');
    await until(() => site.log.every((line) => !line.includes('death')), 'silence');
    expect(row(id).history).toEqual(history);
    expect(row(id)).toMatchObject({ deaths: 0, run: { launches: 1 } });
    row(id).held.until = 0;
    const next = await site.worker();
    await next.supervisor.reconcile();
    await until(() => row(id).run.launches === 2, 'the new start by the next worker');
  });

  test('wait for the database, and go on where they were', async () => {
    const id = await running();
    site.runs.outage = new FerryError('control.db_unavailable');
    await waitFor(() => site.log.some((line) => line.includes('control.db_unavailable')), { what: 'the outage' });
    site.runs.outage = null;
    const next = await site.worker();
    await waitFor(
      async () => {
        await next.supervisor.reconcile();
        return row(id).held.until > performance.now();
      },
      { what: 'somebody who looks after the run', deadlineMs: 20_000 },
    );
    site.runs.stop(id);
    await until(() => row(id).end, 'the end of the run');
    expect(row(id)).toMatchObject({ deaths: 0, lostBy: null, run: { launches: 1 } });
    expect(seqs(id)).toEqual(unbroken(id));
  });
});

/** Files below a folder that hold a text. */
function grep(dir: string, text: string): string[] {
  return fs
    .readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => fs.readFileSync(file).includes(text));
}
