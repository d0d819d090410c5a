import { createRandom, type RedisServer, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fixture, fixtures } from '../../../rdb/test/fixture-files.ts';
import { Migration } from '../migration.ts';
import { capturedSource, readCapture } from './captured-source.ts';
import { differencesOf, expectedOf } from './expected-values.ts';

/** A capture that is kept in this repository, and in the whole collection too, counts once. */
const found = [...new Map(fixtures('psync-').map((one) => [`${one.version} ${one.name}`, one])).entries()];
const cutsEach = Number(process.env.FERRY_CUTS ?? 20);

const hasCommands = (fixture: Fixture): boolean => {
  const { bytes, commandsAt } = readCapture(fixture);
  return commandsAt < bytes.length;
};

describe('what a real master has sent', () => {
  let target: RedisServer;
  beforeAll(async () => {
    target = await startRedis();
  });
  afterAll(stopEverything);

  const replay = async (fixture: Fixture, cuts: readonly number[]) => {
    await target.client.flushall();
    await target.client.call('FUNCTION', 'FLUSH');
    const capture = readCapture(fixture);
    const source = await capturedSource(capture, cuts);
    const url = `redis://${source.host}:${source.port}`;
    const run = new Migration({ source: { url }, target }, { options: { accept: ['field_ttl'] } });
    const end = capture.offset + capture.bytes.length - capture.commandsAt;
    const arrived = waitFor(
      async () => {
        const { state, shards } = await run.status();
        return state === 'incremental_sync' && shards[0]?.offset === end;
      },
      { deadlineMs: 60_000, what: `offset ${end}` },
    );
    // It ends by itself only when it fails.
    await Promise.race([arrived, run.end]);
    await run.stop();
    await source.stop();
    return { connections: source.connections, differing: await differencesOf(target, fixture) };
  };

  test.each(found)('%s: replayed whole', async (_, fixture) => {
    expect((await replay(fixture, [])).differing).toEqual([]);
  });

  const withCommands = found.filter(([, fixture]) => hasCommands(fixture));
  test.each(withCommands)(`%s: cut at ${cutsEach} random places of its commands`, async (title, fixture) => {
    const random = createRandom(title.length * 1_000 + cutsEach);
    const { bytes, commandsAt } = readCapture(fixture);
    const cuts = Array.from({ length: cutsEach }, () => commandsAt + random.below(bytes.length - commandsAt));
    const { connections, differing } = await replay(fixture, cuts);
    expect(differing).toEqual([]);
    expect(connections).toBeGreaterThan(new Set(cuts).size);
  });

  // A source is asked for a full sync again only after ten seconds, so not all of them are cut there.
  const inTheirRdb = found.filter(([title]) => title.startsWith('redis-7.0.15'));
  test.each(inTheirRdb)('%s: cut in its RDB, and sent again from the same offset', async (_, fixture) => {
    const { commandsAt } = readCapture(fixture);
    const { connections, differing } = await replay(fixture, [Math.floor(commandsAt * 0.7)]);
    expect(differing).toEqual([]);
    expect(connections).toBeGreaterThan(1);
  });

  test(`there are ${found.length} captures`, () => {
    expect(found.length).toBeGreaterThanOrEqual(5);
    expect(expectedOf(found[0]?.[1] as Fixture).length).toBeGreaterThan(100);
  });
});
