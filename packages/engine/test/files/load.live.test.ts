import { type RedisServer, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Expected, type Fixture, fixtureFile, fixtures } from '../../../rdb/test/fixture-files.ts';
import { Migration } from '../migration.ts';
import { sourceOf, unpackFixture } from './fixture-dir.ts';
import { comparable, readHeld } from './server-values.ts';

const all = [...fixtures('rdb-'), ...fixtures('aof-')].filter(({ name }) => !/corrupt/.test(name));
/** A fixture that is kept in this repository, and in the whole collection too, counts once. */
const found = [...new Map(all.map((one) => [`${one.version} ${one.name}`, one])).entries()];

/** What the server that wrote the fixture made of its own file, and a replay by commands does not. */
const exceptions: readonly [RegExp, RegExp][] = [
  // Merged again, by a newer server: other bytes that count the same.
  [/^(?!redis-[67]).* aof-/, /:pfm$/],
  // Fields whose time had passed: a target without such times keeps them, and they are counted as lost.
  [/^redis-(7\.4|8\.0)\S* (rdb-expired|aof-preamble)/, /hfe/],
  // Servers before 4.0 run what a transaction without its end holds; newer ones do not.
  [/^redis-[23].* aof-truncated-multi/, /^in:txtail/],
];

/** It rewrites a stream that never had an entry as `XADD … 0-0`, which it refuses itself when it loads the file. */
const isRefusedBy5 = /^redis-5\S* aof-rewritten$/;

function expectedOf(fixture: Fixture, name = 'expected.jsonl'): Expected[] {
  const lines = String(fixtureFile(fixture, name)).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Expected);
}

const isException = (title: string, { key }: Expected): boolean =>
  exceptions.some(([fixture, name]) => fixture.test(title) && name.test(Buffer.from(key, 'base64').toString('latin1')));

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
    const inFile = fixtureFile(fixture, 'expected-all.jsonl') ? expectedOf(fixture, 'expected-all.jsonl') : wanted;
    const fieldTtls = inFile.flatMap(({ type, value }) =>
      type === 'hash' ? (value as [string, string, number | null][]).filter((field) => field[2] !== null) : [],
    ).length;
    const run = new Migration(
      { source: { url: sourceOf(unpackFixture(fixture)) }, target },
      { options: { accept: isRefusedBy5.test(title) ? ['field_ttl', 'command'] : ['field_ttl'] } },
    );
    const { snapshot } = await run.end;
    const held = await readHeld(target, wanted);
    const differing = wanted.filter((one) => {
      const now = held.get(`${one.db} ${one.key}`);
      const text = (value: unknown) => JSON.stringify(comparable(one.type, value));
      return (
        !isException(title, one) &&
        (now?.type !== one.type || now.pttl_at !== one.pttl_at || text(now.value) !== text(one.value))
      );
    });
    expect(differing.map(({ db, key }) => `${db} ${Buffer.from(key, 'base64').toString('latin1')}`)).toEqual([]);
    if (!exceptions.some(([one]) => one.test(title))) expect(await readSize(target)).toBe(wanted.length);
    // Of commands it counts those that set such times.
    if (fixture.name.startsWith('rdb-')) expect(snapshot.lost.field_ttl ?? 0).toBe(fieldTtls);
  });

  test(`there are ${found.length} of them`, () => expect(found.length).toBeGreaterThan(50));
});

async function readSize({ client }: RedisServer): Promise<number> {
  return [...(await client.info('keyspace')).matchAll(/keys=(\d+)/g)].reduce((sum, [, keys]) => sum + Number(keys), 0);
}
