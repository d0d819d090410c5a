import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createRandom,
  type RedisServer,
  seedMixed,
  startCluster,
  startRedis,
  stopEverything,
  tempDir,
} from '@cacheferry/testkit';
import { afterEach, expect, test } from 'vitest';
import { begin, finish, killOften, type Run } from './killing.ts';
import { expectEqualSoon, Migration } from './migration.ts';
import { MovingSlots } from './moving-slots.ts';

afterEach(() => stopEverything());

const names = Array.from({ length: 30 }, (_, n) => `list${n}`);

/** Flushes a server and fills it again, until it is told to stop. */
function keepFlushing({ client }: RedisServer): () => Promise<void> {
  const random = createRandom(7);
  const key = (kind: string) => `${kind}${random.below(20)}`;
  let isOn = true;
  const flushing = (async () => {
    while (isOn) {
      const commands = client.pipeline();
      if (random.below(10) === 0) commands.flushall();
      for (let n = 0; n < 10; n++) {
        commands.rpush(key('l'), 'x').incr(key('n')).set(key('s'), 'v').append(key('s'), 'w');
        commands.rpoplpush(key('l'), key('l')).bitop('NOT', key('s'), key('s'));
      }
      await commands.exec();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return () => {
    isOn = false;
    return flushing;
  };
}

test('an engine that is killed while its source is flushed keeps what was written behind, and takes nothing for lost', async () => {
  const [source, target] = await Promise.all([startRedis(), startCluster()]);
  await seedMixed(source.client, { keys: 200 });
  const run: Run = { source, target, dir: tempDir('state'), flags: [] };
  await begin(run);
  const stop = keepFlushing(source);
  expect(await killOften(run, 12, { leastMs: 300, mostMs: 1_000 })).toEqual([]);
  await stop();
  await finish(run);
  expect(readFileSync(join(run.dir, 'events.jsonl'), 'utf8')).not.toContain('did not arrive');
});

test('a flush leaves nothing of slots that move meanwhile', async () => {
  const [source, target] = await Promise.all([startRedis(), startCluster()]);
  const slots = await Promise.all(names.map(async (name) => Number(await target.client.cluster('KEYSLOT', name))));
  const migration = new Migration({ source, target });
  await migration.caughtUp(source);
  const moves = new MovingSlots(target, slots);
  for (let round = 0; round < 40; round++) {
    const commands = source.client.pipeline().flushall();
    for (const name of names) commands.rpush(name, 'x', 'y');
    await commands.exec();
    await migration.caughtUp(source);
    await expectEqualSoon(source, target);
  }
  await moves.stop();
  await migration.stop();
});
