import { randomBytes } from 'node:crypto';
import { type RedisServer, startRedis } from '@cacheferry/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { check } from './open-check.ts';

let source: RedisServer;
let target: RedisServer;
beforeAll(async () => {
  [source, target] = await Promise.all([startRedis(), startRedis()]);
});
afterAll(() => Promise.all([source.stop(), target.stop()]));
beforeEach(() => Promise.all([source.client.flushall(), target.client.flushall()]));

/** How far a migration moves an expiry that it holds back. */
const holdShiftMs = 315_576_000_000_000;
const inAnHour = () => Date.now() + 3_600_000;

/** A checkpoint as a migration of this source keeps it on the target. */
async function writeCheckpoint(behind = 0): Promise<void> {
  const info = await source.info('replication');
  const text = `${info.master_replid}:${Number(info.master_repl_offset) - behind}:0:stream:0:0:0:0:`;
  await target.client.hset('cf:ck:none', 'shard:0', text);
}

/** Gives the source a history with offsets, as one with a replica has. */
async function makeHistory(): Promise<void> {
  await source.client.call('CONFIG', 'SET', 'repl-ping-replica-period', '3600');
  const replica = await startRedis({ replicaOf: { host: source.host, port: source.port } });
  await source.client.set('warm', '1');
  await source.client.wait(1, 5_000);
  await replica.stop();
  await target.client.set('warm', '1');
}

test('an expiry that a migration holds back is right while it is at work, and a conflict once it rests', async () => {
  await makeHistory();
  const at = inAnHour();
  await source.client.set('k', 'v', 'PXAT', at);
  await target.client.set('k', 'v', 'PXAT', at + holdShiftMs);
  let n = 0;
  const work = setInterval(
    () =>
      void source.client
        .incr('n')
        .then(() => target.client.set('n', ++n))
        .then(() => writeCheckpoint()),
    20,
  );
  try {
    const { brief, result } = await check(source, target);
    expect(brief.filter((line) => !line.includes(' n '))).toEqual([]);
    expect(result.conflicts).toEqual({});
  } finally {
    clearInterval(work);
  }
  await writeCheckpoint();
  await target.client.set('n', String(await source.client.get('n')));
  expect((await check(source, target)).brief).toEqual(['0 k ttl']);
});

test('an expiry far away that no migration speaks of is a conflict', async () => {
  const at = inAnHour();
  await source.client.set('k', 'v', 'PXAT', at);
  await target.client.set('k', 'v', 'PXAT', at + holdShiftMs);
  expect((await check(source, target)).brief).toEqual(['0 k ttl']);
});

test('a migration that is late with a big value is waited for', async () => {
  await makeHistory();
  const [old, now] = [randomBytes(5_000_000), randomBytes(5_000_000)];
  await source.client.set('k', now);
  await target.client.set('k', old);
  let behind = 20;
  await writeCheckpoint(behind);
  const work = setInterval(() => {
    if (behind === 0) return;
    if (behind === 1) void target.client.set('k', now);
    void writeCheckpoint(--behind);
  }, 200);
  const { brief, result } = await check(source, target).finally(() => clearInterval(work));
  expect([brief, result.verdict]).toEqual([[], 'consistent']);
});

test('an expiry of a big key that a migration holds back is right while it is at work', async () => {
  await makeHistory();
  const value = randomBytes(5_000_000);
  const at = inAnHour();
  await source.client.set('k', value, 'PXAT', at);
  await target.client.set('k', value, 'PXAT', at + holdShiftMs);
  let n = 0;
  const work = setInterval(() => {
    n++;
    void Promise.all([source.client.set('n', n), target.client.set('n', n)]).then(() => writeCheckpoint());
  }, 20);
  const { brief } = await check(source, target).finally(() => clearInterval(work));
  expect(brief.filter((line) => line.includes(' k '))).toEqual([]);
  await writeCheckpoint();
  expect((await check(source, target)).brief).toEqual(['0 k ttl']);
});

test('a migration that is late is waited for, and how much it lacks is shown', async () => {
  await makeHistory();
  await source.client.set('k', 'new');
  await target.client.set('k', 'old');
  let behind = 20;
  await writeCheckpoint(behind);
  const work = setInterval(() => {
    if (behind === 0) return;
    if (behind === 1) void target.client.set('k', 'new');
    void writeCheckpoint(--behind);
  }, 200);
  const { result, shown } = await check(source, target).finally(() => clearInterval(work));
  expect(result.verdict).toBe('consistent');
  const waiting = shown.filter(({ phase }) => phase === 'waiting_for_migration');
  expect(waiting.every(({ lagBytes }) => Number(lagBytes) > 0 && Number(lagBytes) < 20)).toBe(true);
  expect(waiting.length).toBeGreaterThan(1);
  expect(shown.at(-1)).toMatchObject({ phase: 'done', lagBytes: null });
});
