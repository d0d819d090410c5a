import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import {
  canLimitMemory,
  endProcess,
  memoryLimit,
  type RedisServer,
  seedMixed,
  spawnFerry,
  startProcess,
  startRedis,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { caughtUp, expectEqual, expectEqualSoon } from './migration.ts';

afterEach(() => stopEverything());

const mib = 2 ** 20;

/** A string, a hash and a list of 64 MiB each. */
async function seedLarge({ client }: RedisServer, name: string): Promise<void> {
  await client.set(`${name}:string`, randomBytes(64 * mib));
  for (let n = 0; n < 64; n++) {
    const piece = randomBytes(mib);
    const fields = Array.from({ length: 256 }, (_, at) => [`${n}:${at}`, piece.subarray(at * 4_096, (at + 1) * 4_096)]);
    await client.hset(`${name}:hash`, ...fields.flat());
    await client.rpush(`${name}:list`, piece);
  }
}

describe.skipIf(!canLimitMemory())('an engine with little memory', { timeout: 120_000 }, () => {
  test('of 400 MiB and twice its largest value copies values of 64 MiB, and follows them', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedLarge(source, 'early');
    const dir = tempDir('state');
    const { through } = memoryLimit((400 + 2 * 64) * mib);
    const ferry = await spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url], { through });
    await caughtUp(source, dir, { deadlineMs: 60_000, what: `the copy: ${ferry.stderr}` });
    await seedLarge(source, 'late');
    await source.client.append('early:string', 'end');
    await source.client.rename('early:hash', 'renamed');
    await caughtUp(source, dir, { deadlineMs: 60_000, what: `the stream: ${ferry.stderr}` });
    await expectEqual(source, target);
    expect(ferry.isRunning).toBe(true);
    expect(Number((await source.info('stats')).sync_full)).toBe(1);
    await ferry.stop();
  });

  test('that the kernel kills for want of it goes on where it was', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 2_000 });
    const writer = await startWriter(source.url, { rate: 300 });
    const dir = tempDir('state');
    const start = (flags: readonly string[] = []) =>
      spawnFerry(['migrate', '--mode', 'sync', '--state', dir, ...flags, source.url, target.url], { through });
    const { through } = memoryLimit(384 * mib);
    for (const flags of [['--rate-keys', '1000', '--batch', '40'], [], []]) {
      const ferry = await start(flags);
      const before = Number((await target.info('stats')).total_commands_processed);
      const isWriting = async () => Number((await target.info('stats')).total_commands_processed) > before + 500;
      await waitFor(isWriting, { deadlineMs: 30_000, what: 'its writing' });
      writeFileSync(`/proc/${ferry.pid}/oom_score_adj`, '1000');
      const other = startEater(through);
      const { signal, stderr } = await ferry.ended(30_000);
      await endProcess(other, 'SIGKILL');
      expect(signal, stderr).toBe('SIGKILL');
    }
    const last = await start();
    await waitFor(() => caughtUp(source, dir, { deadlineMs: 1_000 }), { deadlineMs: 30_000, what: last.stderr });
    await writer.stop();
    await caughtUp(source, dir, { deadlineMs: 30_000 });
    await expectEqualSoon(source, target);
    expect(Number((await source.info('stats')).sync_full)).toBeLessThanOrEqual(2);
    await last.stop();
  });
});

/** A neighbour within the same bound that takes all the memory there is. */
const startEater = (through: readonly string[]) => {
  const code = 'const all = []; setInterval(() => all.push(Buffer.alloc(2 ** 24, 1)), 5)';
  const [program = '', ...words] = [...through, process.execPath, '-e', code];
  return startProcess(program, words, { stdio: 'ignore' });
};
