import { type Command, compareDumps, hasNutcracker, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from './migration.ts';
import { type Place, sources, targets } from './places.ts';

afterEach(() => stopEverything());

type SourceKind = keyof typeof sources;
type TargetKind = keyof typeof targets;

const far = Date.now() + 86_400_000;

/** Some keys of every type, part of them with an expiry. */
function seeds(count: number): Command[] {
  return Array.from({ length: count }, (_, n): Command[] => {
    const key = `seed:${n}`;
    const value: Command[] = [
      ['SET', key, `value ${n}`],
      ['SET', key, n],
      ['HSET', key, 'a', n, 'b', 'x'.repeat(n)],
      ['RPUSH', key, n, n + 1, 'z'],
      ['SADD', key, n, 'm', 'o'],
      ['ZADD', key, n / 8, 'm', -n, 'o'],
      ['XADD', key, `${n + 1}-1`, 'field', n],
      ['SETBIT', key, n, 1],
    ];
    const made = value[n % value.length] as Command;
    return n % 3 === 0 ? [made, ['PEXPIREAT', key, far + n]] : [made];
  }).flat();
}

/** What a round of a writer does: effects that are wrong when one is lost or comes twice. */
function round(n: number): Command[] {
  const at = n % 40;
  return [
    ['INCR', `w:counter:${at}`],
    ['APPEND', `w:text:${at}`, n],
    ['RPUSH', `w:list:${at}`, n],
    ['HINCRBY', `w:hash:${at}`, n % 3, 1],
    ['SET', `w:string:${at}`, n],
    ['PEXPIREAT', `w:string:${at}`, far + n],
    ['ZINCRBY', `w:scores:${at}`, 1, n % 5],
    ...(n % 7 === 0 ? [['DEL', `w:text:${(at + 1) % 40}`] as Command] : []),
  ];
}

/** Writes round after round until it is stopped; `more` waits for so many further ones. */
function writeTo(place: Place): { stop: () => Promise<number>; more: (count: number) => Promise<unknown> } {
  let isOver = false;
  let rounds = 0;
  const work = (async () => {
    for (; !isOver; rounds++) {
      await place.send(round(rounds));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    more: (count) => {
      const until = rounds + count;
      return waitFor(() => rounds >= until, { deadlineMs: 30_000, what: 'further writes' });
    },
    stop: async () => {
      isOver = true;
      await work;
      return rounds;
    },
  };
}

const differences = async (source: Place, target: Place) =>
  compareDumps(await source.dump(), await target.dump(), { ignore: (key) => key.startsWith('0 cf:') }).slice(0, 10);

async function expectEqual(source: Place, target: Place): Promise<void> {
  const isEqual = async () => (await differences(source, target)).length === 0;
  await waitFor(isEqual, { deadlineMs: 40_000, everyMs: 50 }).catch(() => {});
  expect(await differences(source, target)).toEqual([]);
}

/** What cannot be done, and the code that says so. */
const refused: readonly [SourceKind, TargetKind, string][] = [['aof', 'rdb', 'endpoint.needs_server']];
const isRefused = (from: SourceKind, to: TargetKind) => refused.some(([a, b]) => a === from && b === to);
const isHere = (kind: SourceKind | TargetKind) => kind !== 'twemproxy' || hasNutcracker();

const pairs = (Object.keys(sources) as SourceKind[])
  .filter(isHere)
  .flatMap((from) =>
    (Object.keys(targets) as TargetKind[]).filter(isHere).map((to): [SourceKind, TargetKind] => [from, to]),
  )
  .filter(([from, to]) => !isRefused(from, to));

describe('data of every topology arrives in every topology', () => {
  test.each(pairs)('full, from %s to %s', async (from, to) => {
    const [source, target] = await Promise.all([sources[from].open(), targets[to].open(sources[from].shards)]);
    await source.send(seeds(400));
    const run = new Migration({ source, target }, { mode: 'full' });
    expect((await run.end).outcome).toBe('completed');
    expect(await differences(source, target)).toEqual([]);
  });

  const live = pairs.filter(([from, to]) => sources[from].isLive && targets[to].isLive);
  test.each(live)('live, from %s to %s, with a writer', async (from, to) => {
    const [source, target] = await Promise.all([sources[from].open(), targets[to].open(1)]);
    await source.send(seeds(200));
    const writer = writeTo(source);
    const run = new Migration({ source, target });
    await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 60_000 });
    await writer.more(100);
    expect(await writer.stop()).toBeGreaterThan(100);
    await expectEqual(source, target);
    expect((await run.stop()).outcome).toBe('stopped');
  });

  test.each(refused.filter(([from, to]) => isHere(from) && isHere(to)))(
    '%s to %s is refused, and nothing is written',
    async (from, to, code) => {
      const [source, target] = await Promise.all([sources[from].open(), targets[to].open(1)]);
      await source.send(seeds(40));
      const run = new Migration({ source, target }, { mode: 'full' });
      await expect(run.end).rejects.toMatchObject({ code });
      if (to !== 'rdb') expect((await target.dump()).size).toBe(0);
    },
  );
});
