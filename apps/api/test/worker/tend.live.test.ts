import path from 'node:path';
import { Job } from '@cacheferry/contract';
import { Secret } from '@cacheferry/kernel';
import {
  freePort,
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
import { contactOf, Installation, newId } from './worker.ts';

let server: Sshd;
let source: RedisServer;
let target: RedisServer;
let work: string;
let site: Installation;

beforeAll(async () => {
  server = await startSshd();
  [source, target] = await Promise.all([startRedis({ password: 'canary-4711' }), startRedis()]);
});
beforeEach(() => {
  work = tempDir('work');
  site = new Installation(contactOf(server, { workDir: path.join(work, 'ferry') }));
});
afterEach(async () => {
  await site.stopWorkers();
  removeDir(work);
});
afterAll(() => stopEverything());

const until = <T>(condition: () => T, what: string) => waitFor(condition, { what, deadlineMs: 30_000 });

describe('a probe', () => {
  async function probe() {
    site.machines.due.push({ machineId: 'machine', task: 'probe' });
    const { supervisor } = await site.worker();
    await supervisor.reconcile();
    return until(() => site.machines.probes[0], 'the result of the probe');
  }

  test('of a machine whose key was never confirmed reads the key, and nothing else', async () => {
    site.machines.contactNow = { ...contactOf(server, { workDir: work }), trusted: null, login: null };
    expect(await probe()).toEqual({
      state: 'untrusted',
      facts: null,
      problem: null,
      seenHostKey: { type: 'ssh-ed25519', fingerprint: server.fingerprint },
    });
  });

  test('of a machine that works says what it is', async () => {
    const result = await probe();
    expect(result).toMatchObject({ state: 'ready', problem: null, facts: { os: process.platform } });
  });

  test('of a machine with another key shows both', async () => {
    const contact = contactOf(server, { workDir: work });
    const hostKey = { type: 'ssh-ed25519', fingerprint: `SHA256:${'A'.repeat(43)}` };
    if (contact.login?.kind === 'ssh') contact.login.hostKey = hostKey;
    site.machines.contactNow = contact;
    expect(await probe()).toMatchObject({
      state: 'host_key_changed',
      seenHostKey: { fingerprint: server.fingerprint },
      problem: { code: 'machine.host_key_changed', facts: { expected: hostKey.fingerprint } },
    });
  });

  test.each([
    ['that refuses the login', 'auth_failed', 'machine.auth_failed'],
    ['that is not there', 'unreachable', 'machine.unreachable'],
  ])('of a machine %s says so', async (_, state, code) => {
    const port = state === 'unreachable' ? await freePort() : server.port;
    const contact = contactOf(server, { port, workDir: work });
    if (contact.login?.kind === 'ssh') contact.login.auth = { kind: 'password', password: new Secret('wrong') };
    site.machines.contactNow = contact;
    expect(await probe()).toMatchObject({ state, facts: null, problem: { code } });
  });
});

test('an installation puts the engine there and says which', async () => {
  site.machines.due.push({ machineId: 'machine', task: 'install' });
  const { supervisor } = await site.worker();
  supervisor.attend({ kind: 'machine', id: 'machine' });
  const result = await until(() => site.machines.installs[0], 'the installation');
  expect(result).toMatchObject({ problem: null, engine: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } });
});

test('an installation that fails says why', async () => {
  site.machines.contactNow = contactOf(server, { workDir: '/dev/null/ferry' });
  site.machines.due.push({ machineId: 'machine', task: 'install' });
  const { supervisor } = await site.worker();
  await supervisor.reconcile();
  const result = await until(() => site.machines.installs[0], 'the installation');
  expect(result).toMatchObject({
    engine: null,
    problem: { code: 'machine.not_writable', facts: { path: '/dev/null/ferry' } },
  });
});

describe('a preflight', () => {
  function ask(change: object = {}): string {
    const id = newId();
    const source_ = { url: source.bareUrl, password: 'canary-4711' };
    const job = Job.parse({ version: 1, kind: 'preflight', source: source_, target: { url: target.url }, ...change });
    const lease = { id, owner: 'worker', epoch: 1 };
    site.preflights.waiting.set(id, { lease, machineId: 'machine', job });
    return id;
  }

  test('runs on the machine, its rows come one by one, then the report', async () => {
    const { supervisor } = await site.worker();
    supervisor.attend({ kind: 'preflight', id: ask() });
    const report = await until(() => site.preflights.reports[0], 'the report');
    expect(report.rows.length).toBeGreaterThan(10);
    expect(new Set(site.preflights.rows.map(({ id }) => id))).toEqual(new Set(report.rows.map(({ id }) => id)));
    expect(site.preflights.failures).toEqual([]);
    expect(JSON.stringify(site.preflights.rows)).not.toContain('canary-4711');
  });

  test('that blocks has a report too', async () => {
    const { supervisor } = await site.worker();
    supervisor.attend({ kind: 'preflight', id: ask({ target: { url: 'redis://127.0.0.1:1' } }) });
    expect(await until(() => site.preflights.reports[0], 'the report')).toMatchObject({ ok: false });
  });

  test('on a machine that is not there fails with the reason', async () => {
    site.machines.contactNow = contactOf(server, { port: await freePort(), workDir: work });
    const { supervisor } = await site.worker();
    supervisor.attend({ kind: 'preflight', id: ask() });
    expect(await until(() => site.preflights.failures[0], 'the failure')).toMatchObject({
      code: 'machine.unreachable',
    });
  });
});

test('this very machine works without SSH', async () => {
  const login = { kind: 'local', machineId: 'machine', workDir: path.join(work, 'ferry') } as const;
  site.machines.contactNow = { kind: 'local', machineId: 'machine', login };
  site.machines.due.push({ machineId: 'machine', task: 'probe' }, { machineId: 'machine', task: 'install' });
  const { supervisor } = await site.worker();
  await supervisor.reconcile();
  expect(await until(() => site.machines.probes[0], 'the probe')).toMatchObject({ state: 'ready' });
  expect(await until(() => site.machines.installs[0], 'the installation')).toMatchObject({ problem: null });
  const endpoints = { source: { url: source.bareUrl, password: 'canary-4711' }, target: { url: target.url } };
  const id = site.addRun({ version: 1, kind: 'check', check: { rounds: 1, intervalMs: 0 }, ...endpoints });
  supervisor.attend({ kind: 'run', id });
  await until(() => site.runs.row(id).end, 'the end of the run');
  expect(site.runs.row(id).end).toMatchObject({ outcome: 'consistent', failure: null });
});
