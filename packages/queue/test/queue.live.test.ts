import path from 'node:path';
import type { Ring } from '@cacheferry/domain';
import { type LogFields, silentLogger } from '@cacheferry/kernel';
import {
  endProcess,
  freePort,
  type RedisServer,
  root,
  startProcess,
  startRedis,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQueue, type QueueSettings, type WorkOptions } from '../src/index.ts';
import { startPostgres } from './postgres.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let redis: RedisServer;
let count = 0;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
});
afterAll(async () => {
  await postgres.stop();
  await stopEverything();
});

const rings = (...ids: string[]): Ring[] => ids.map((id) => ({ kind: 'run', id }));

describe.each(['postgres', 'redis'] as const)('the queue on %s', (kind) => {
  const settings = (more: Partial<QueueSettings> = {}): QueueSettings => ({
    databaseUrl: postgres.url,
    redisUrl: kind === 'redis' ? redis.url : undefined,
    log: silentLogger,
    name: `test-${kind}-${++count}`,
    ...more,
  });
  const open = (more: Partial<QueueSettings> = {}) => openQueue(settings(more));
  const fast: WorkOptions = { reconcileEveryMs: 200, lockMs: 1_500 };

  test('answers every ring once, urgent ones first', async () => {
    const queue = await open();
    expect(queue.kind).toBe(kind);
    queue.doorbell.ring([
      { kind: 'machine', id: 'm' },
      { kind: 'preflight', id: 'p' },
      { kind: 'run', id: 'r' },
    ]);
    await waitFor(async () => (await queue.counts()).prioritized === 3, { what: 'the rings' });
    const answered: string[] = [];
    queue.work(
      { answer: async ({ kind: what, id }) => void answered.push(`${what} ${id}`), reconcile: async () => {} },
      { concurrency: 1 },
    );
    await waitFor(() => answered.length === 3);
    expect(answered).toEqual(['run r', 'preflight p', 'machine m']);
    await queue.close();
  });

  test('lets somebody among several workers reconcile at the chosen pace', async () => {
    const name = `test-${kind}-pace`;
    const [one, two] = await Promise.all([open({ name }), open({ name })]);
    let ticks = 0;
    const started = performance.now();
    for (const queue of [one, two])
      queue.work({ answer: async () => {}, reconcile: async () => void ticks++ }, { reconcileEveryMs: 300 });
    await waitFor(() => ticks >= 5, { deadlineMs: 20_000 });
    expect(performance.now() - started).toBeGreaterThan(900);
    await Promise.all([one.close(), two.close()]);
  });

  test('tells every worker of every ring, while one of them answers it', async () => {
    const name = `test-${kind}-news`;
    const [one, two] = await Promise.all([open({ name }), open({ name })]);
    const heard: string[] = [];
    const answered: string[] = [];
    for (const [at, queue] of [one, two].entries())
      queue.work({
        answer: async ({ id }) => void answered.push(id),
        hear: ({ kind: what, id }) => void heard.push(`${at} ${what} ${id}`),
        reconcile: async () => {},
      });
    await waitFor(
      () => {
        if (heard.length < 2) one.doorbell.ring(rings('a'));
        return new Set(heard).size === 2;
      },
      { everyMs: 200, what: 'the news' },
    );
    expect([...new Set(heard)].sort()).toEqual(['0 run a', '1 run a']);
    const rung = heard.filter((text) => text.startsWith('0')).length;
    await waitFor(() => answered.length >= rung);
    await Promise.all([one.close(), two.close()]);
  });

  test('gives the job of a killed worker to another one', async () => {
    const name = `test-${kind}-killed`;
    const queue = await open({ name });
    queue.doorbell.ring(rings('a'));
    const program = path.join(root, 'packages/queue/test/worker-child.ts');
    const child = startProcess(
      process.execPath,
      ['--import', 'tsx', program, postgres.url, kind === 'redis' ? redis.url : '', name, '1500'],
      { stdio: ['ignore', 'pipe', 'inherit'], cwd: root },
    );
    let said = '';
    child.stdout?.on('data', (bytes) => (said += bytes));
    await waitFor(() => said === 'a\n', { deadlineMs: 60_000, what: 'the first worker' });
    await endProcess(child, 'SIGKILL');
    const answered: string[] = [];
    queue.work({ answer: async ({ id }) => void answered.push(id), reconcile: async () => {} }, fast);
    await waitFor(() => answered.length > 0, { deadlineMs: 20_000, what: 'the takeover' });
    expect(answered).toEqual(['a']);
    await queue.close();
  });

  test('goes on after a job that failed, and says so in the log', async () => {
    const errors: (LogFields | undefined)[] = [];
    const queue = await open({ log: { ...silentLogger, error: (_, fields) => void errors.push(fields) } });
    const answered: string[] = [];
    const answer = async ({ id }: Ring) => {
      if (id === 'bad') throw new Error('no luck');
      answered.push(id);
    };
    queue.work({ answer, reconcile: async () => {} }, { concurrency: 1, reconcileEveryMs: 60_000 });
    queue.doorbell.ring(rings('bad', 'good'));
    await waitFor(() => answered.includes('good'));
    await waitFor(() => errors.length > 0);
    expect(errors).toEqual([{ job: 'run bad', error: 'no luck' }]);
    await queue.close();
  });

  test('ends the job under way when it is closed, and keeps none that follow', async () => {
    const queue = await open();
    let begun = false;
    let ended = false;
    const answer = (_: Ring, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        begun = true;
        const end = () => {
          ended = true;
          resolve();
        };
        if (signal.aborted) end();
        else signal.addEventListener('abort', end);
      });
    queue.work({ answer, reconcile: async () => {} }, { concurrency: 1 });
    queue.doorbell.ring(rings('a'));
    await waitFor(() => begun);
    const started = performance.now();
    await queue.close();
    expect(ended).toBe(true);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('the queue on a Redis that', () => {
  test('is not there names the address without its password', async () => {
    const port = await freePort();
    const failure = await openQueue({
      databaseUrl: postgres.url,
      redisUrl: `redis://:canary@127.0.0.1:${port}`,
      log: silentLogger,
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'queue.unreachable', facts: { server: `127.0.0.1:${port}` } });
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test('was emptied is given its schedule again, and the worker reconciles meanwhile', async () => {
    const own = await startRedis();
    const queue = await openQueue({ databaseUrl: '', redisUrl: own.url, log: silentLogger });
    let ticks = 0;
    queue.work({ answer: async () => {}, reconcile: async () => void ticks++ }, { reconcileEveryMs: 200 });
    await waitFor(() => ticks > 1);
    await own.client.flushall();
    const before = ticks;
    await waitFor(() => ticks > before + 2, { deadlineMs: 10_000, what: 'further rounds' });
    await queue.close();
    await own.stop();
  });

  test('is cut off neither ends the process nor the rounds, and a ring does not throw', async () => {
    const own = await startRedis();
    const queue = await openQueue({ databaseUrl: '', redisUrl: own.url, log: silentLogger });
    let ticks = 0;
    queue.work({ answer: async () => {}, reconcile: async () => void ticks++ }, { reconcileEveryMs: 200 });
    await waitFor(() => ticks > 1);
    await own.kill();
    const before = ticks;
    queue.doorbell.ring(rings('a'));
    await waitFor(() => ticks > before + 1, { deadlineMs: 20_000, what: 'rounds without a store' });
    await expect(queue.counts()).rejects.toMatchObject({ code: 'queue.unavailable' });
    await own.start();
    const answered: string[] = [];
    await waitFor(async () => Object.keys(await queue.counts()).length > 0, { deadlineMs: 20_000 });
    expect(answered).toEqual([]);
    await queue.close();
    await own.stop();
  });
});

test('rings survive a PostgreSQL that was killed and came back', async () => {
  const queue = await openQueue({ databaseUrl: postgres.url, log: silentLogger, name: 'test-killed-postgres' });
  const answered: string[] = [];
  queue.work(
    { answer: async ({ id }) => void answered.push(id), reconcile: async () => {} },
    { reconcileEveryMs: 500, lockMs: 2_000 },
  );
  process.kill(postgres.pid, 'SIGKILL');
  await waitFor(
    async () => {
      queue.doorbell.ring(rings('after'));
      await queue.counts();
      return answered.includes('after');
    },
    { deadlineMs: 60_000, everyMs: 500, what: 'an answer after the kill' },
  );
  await queue.close();
});
