import { createRandom, hasServer, startCluster, startRedis, stopEverything, tempDir } from '@cacheferry/testkit';
import { afterAll, expect, test } from 'vitest';
import { begin, finish, killOften } from './killing.ts';
import { seedOf } from './ledger.ts';

afterAll(() => stopEverything());

const kills = Number(process.env.FERRY_KILLS ?? 6);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Commands that a cluster of 6.0 does not know, within a slot and across slots, among others that may not run twice. */
function write(client: Awaited<ReturnType<typeof startRedis>>['client'], random: ReturnType<typeof createRandom>) {
  const [a, b] = [`{${random.below(20)}}`, `{${random.below(20)}}`];
  const work = client
    .multi()
    .rpush(`${a}list`, String(random.below(1_000)))
    .incr(`${a}count`);
  switch (random.below(5)) {
    case 0:
      return work.lmove(`${a}list`, `${a}other`, 'LEFT', 'RIGHT').exec();
    case 1:
      return work.lmove(`${a}list`, `${b}other`, 'LEFT', 'RIGHT').exec();
    case 2:
      return work.copy(`${a}list`, `${a}copied`, 'REPLACE').append(`${a}copied:text`, 'x').exec();
    case 3:
      return work
        .zadd(`${a}zset`, 1, `m${random.below(50)}`)
        .call('ZRANGESTORE', `${a}range`, `${a}zset`, '0', '5')
        .exec();
    default:
      return work.rpush(`${a}other`, 'x').exec();
  }
}

test('what a cluster of an older version does not know arrives once, while the engine is killed', {
  timeout: 120_000 + kills * 10_000,
}, async () => {
  if (!(await hasServer('redis@6.0'))) return;
  const [source, target] = await Promise.all([startRedis(), startCluster({ version: 'redis@6.0' })]);
  const run = { source, target, dir: tempDir('state'), flags: [] };
  const random = createRandom(seedOf(31));
  for (let i = 0; i < 100; i++) await write(source.client, random);
  await begin(run);
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      for (let i = 0; i < 20; i++) await write(source.client, random);
      await pause(20);
    }
  })();
  expect(await killOften(run, kills, { leastMs: 1_000, mostMs: 1_500 })).toEqual([]);
  isOver = true;
  await writing;
  await finish(run);
});
