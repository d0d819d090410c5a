import { type RedisServer, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtures } from '../../../rdb/test/fixture-files.ts';
import { Migration } from '../migration.ts';
import { sourceOf, unpackFixture } from './fixture-dir.ts';
import { differencesOf, expectedOf, hasExceptions } from './expected-values.ts';

const all = [...fixtures('rdb-'), ...fixtures('aof-')].filter(({ name }) => !/corrupt/.test(name));
/** A fixture that is kept in this repository, and in the whole collection too, counts once. */
const found = [...new Map(all.map((one) => [`${one.version} ${one.name}`, one])).entries()];

/** It rewrites a stream that never had an entry as `XADD … 0-0`, which it refuses itself when it loads the file. */
const isRefusedBy5 = /^redis-5\S* aof-rewritten$/;

describe('a file of a real server', () => {
  let target: RedisServer;
  beforeAll(async () => {
    target = await startRedis();
  });
  afterAll(stopEverything);

  test.each(found)('%s arrives as the server itself loads it', async (title, fixture) => {
    await target.client.flushall();
    await target.client.call('FUNCTION', 'FLUSH');
    const wanted = expectedOf(fixture);
    // A field whose time is over is not there any more, and so not lost.
    const fieldTtls = wanted.flatMap(({ type, value }) =>
      type === 'hash' ? (value as [string, string, number | null][]).filter((field) => field[2] !== null) : [],
    ).length;
    const run = new Migration(
      { source: { url: sourceOf(unpackFixture(fixture)) }, target },
      { options: { accept: isRefusedBy5.test(title) ? ['field_ttl', 'command'] : ['field_ttl'] } },
    );
    const { snapshot } = await run.end;
    expect(await differencesOf(target, fixture)).toEqual([]);
    if (!hasExceptions(fixture)) expect(await readSize(target)).toBe(wanted.length);
    // Of commands it counts those that set such times.
    if (fixture.name.startsWith('rdb-')) expect(snapshot.lost.field_ttl ?? 0).toBe(fieldTtls);
  });

  test(`there are ${found.length} of them`, () => expect(found.length).toBeGreaterThan(50));
});

async function readSize({ client }: RedisServer): Promise<number> {
  return [...(await client.info('keyspace')).matchAll(/keys=(\d+)/g)].reduce((sum, [, keys]) => sum + Number(keys), 0);
}
