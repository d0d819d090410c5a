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

afterEach(() => stopEverything());

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
