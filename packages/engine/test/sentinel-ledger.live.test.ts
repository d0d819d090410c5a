import net from 'node:net';
import type { Snapshot } from '@cacheferry/contract';
import {
  createRandom,
  type FakeServer,
  fakeServer,
  type RedisServer,
  type SentinelGroup,
  spawnFerry,
  startRedis,
  startSentinel,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { askEngine } from '../src/index.ts';
import { begin } from './killing.ts';
import { hasLedger, Ledger, seedOf } from './ledger.ts';
import { caughtUp, expectEqualSoon } from './migration.ts';

afterEach(() => stopEverything());

/** A full run takes 50 or more. */
const kills = Number(process.env.FERRY_KILLS ?? 5);
const failovers = Math.max(2, Math.floor(kills / 4));
const random = createRandom(seedOf(kills));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The server that is a primary now, as the sentinels and it itself say. */
async function primaryOf(group: SentinelGroup): Promise<RedisServer | null> {
  const found = await group.primary().catch(() => null);
  if (!found?.isRunning) return null;
  return (await found.info('replication')).role === 'master' ? found : null;
}

/** An address that always leads to the primary, for clients that know no sentinels. */
function frontOf(group: SentinelGroup): Promise<FakeServer> {
  return fakeServer(async (client) => {
    client.pause();
    const primary = await primaryOf(group);
    if (!primary) return void client.destroy();
    const server = net.connect(primary.port, primary.host);
    server.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('close', () => server.destroy());
    server.pipe(client);
    client.pipe(server);
  });
}

/** Every primary in turn hands over or is killed and comes back as a replica. */
async function failOver(group: SentinelGroup, n: number): Promise<void> {
  const before = await group.primary();
  await group.failover(n % 2 === 0 ? 'SIGKILL' : 'planned');
  if (!before.isRunning) await before.start();
  const isReplica = async () => (await before.info('replication')).master_link_status === 'up';
  await waitFor(isReplica, { deadlineMs: 60_000, what: 'the old primary to follow the new one' });
  await group.settled();
}

async function keepKilling(run: { source: { url: string }; target: { url: string }; dir: string }): Promise<void> {
  for (let n = 0; n < kills; n++) {
    const flags = n < kills / 3 ? ['--rate-keys', '2500', '--batch', '40'] : [];
    const args = ['migrate', '--mode', 'sync', '--state', run.dir, ...flags, run.source.url, run.target.url];
    const ferry = await spawnFerry(args);
    const until = performance.now() + 800 + random.below(3_000);
    await waitFor(() => !ferry.isRunning || performance.now() > until, { deadlineMs: 30_000 });
    expect(ferry.isRunning, ferry.stderr).toBe(true);
    await ferry.stop();
  }
}

describe.skipIf(!hasLedger)('a source behind sentinels whose primaries change while the engine is killed', () => {
  test('has every effect that it kept on the target, exactly once', { timeout: 180_000 + kills * 12_000 }, async () => {
    const [group, target] = await Promise.all([startSentinel({ replicas: 2 }), startRedis()]);
    const front = await frontOf(group);
    const ledger = await Ledger.write(`redis://${front.host}:${front.port}`, { rate: 800, seed: seedOf(41) });
    const run = { source: { url: group.url }, target, dir: tempDir('state') };
    await begin({ ...run, flags: ['--rate-keys', '500', '--batch', '20'] });
    const changing = (async () => {
      for (let n = 0; n < failovers; n++) await failOver(group, n).then(() => pause(random.below(2_000)));
    })();
    changing.catch(() => {});
    await keepKilling(run);
    const last = await spawnFerry(['migrate', '--mode', 'sync', '--state', run.dir, group.url, target.url]);
    await changing;
    const isLive = async () =>
      ((await askEngine(run.dir, { command: 'status' })) as Snapshot).state === 'incremental_sync';
    await waitFor(isLive, { deadlineMs: 60_000, what: `the stream to be followed: ${last.stderr}` });
    await ledger.until(1_000);
    await ledger.stop();
    const primary = await group.primary();
    await caughtUp(primary, run.dir, {
      deadlineMs: 60_000,
      everyMs: 100,
      what: `the target to catch up: ${last.stderr}`,
    });
    expect(await ledger.audit(target.url, primary.url)).toBe('');
    await expectEqualSoon(primary, target);
    await last.stop();
  });
});
