import { type RedisServer, startCluster, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from './migration.ts';

afterEach(() => stopEverything());

const keys = 6_000;

/** A source of strings in every form that a server keeps them in, and of some keys that are no strings. */
async function seed(source: RedisServer): Promise<void> {
  const { client } = source;
  for (let first = 0; first < keys; first += 500) {
    const pipe = client.pipeline();
    for (let n = first; n < first + 500; n++) pipe.set(`key:${n}`, valueOf(n));
    pipe.hset(`hash:${first}`, 'field', first).set(`expiring:${first}`, 'x', 'PX', 3_600_000);
    await pipe.exec();
  }
}

function valueOf(n: number): string {
  const forms = [`text ${n}`, String(n), String(-n * 1_000_000), 'ab'.repeat(n), '', 'é'.repeat(20), `0${n}`];
  return forms[n % forms.length] as string;
}

type Target = RedisServer | Awaited<ReturnType<typeof startCluster>>;

/** Runs slowly until the first keys are there, and then lets somebody else write one that is not: with or without expiry. */
async function intruded(
  ends: { source: RedisServer; target: Target },
  onConflict: 'fail' | 'skip' | 'overwrite',
  kind = 'key',
) {
  const run = new Migration(ends, { mode: 'full', options: { rateKeys: 3_000, batch: 100, onConflict } });
  await waitFor(async () => (await run.status()).keysDone > 300);
  let key = '';
  for (let n = 1; key === ''; n++) {
    const name = kind === 'key' ? `key:${n}` : `${kind}:${n * 500}`;
    if (await ends.target.client.setnx(name, 'of somebody else')) key = name;
  }
  await run.ask({ command: 'rate', rateKeys: 0 });
  return { run, key };
}

const server = { what: 'a server', start: () => startRedis() };
const cluster = { what: 'a cluster', start: () => startCluster() };

describe.each([
  { ...server, kind: 'key' },
  { ...cluster, kind: 'key' },
  { ...cluster, kind: 'expiring' },
])('a key ($kind) that somebody else writes to $what while strings are written without RESTORE', ({ start, kind }) => {
  const begin = async () => {
    const [source, target] = await Promise.all([startRedis(), start()]);
    await seed(source);
    return { source, target };
  };

  test('ends the run by its name', async () => {
    const ends = await begin();
    const { run, key } = await intruded(ends, 'fail', kind);
    await expect(run.end).rejects.toMatchObject({ code: 'target.key_exists', facts: { key } });
    expect(await ends.target.client.get(key)).toBe('of somebody else');
  });

  test('stays as it is where keys are skipped, and all others arrive', async () => {
    const ends = await begin();
    const { run, key } = await intruded(ends, 'skip', kind);
    expect((await run.end).outcome).toBe('completed');
    expect(await ends.target.client.get(key)).toBe('of somebody else');
    expect(run.of('progress').at(-1)).toMatchObject({ keysSkipped: 1 });
    await ends.source.client.set(key, 'of somebody else');
    await expectEqual(ends.source, ends.target);
  });

  test('is overwritten where keys are', async () => {
    const ends = await begin();
    const { run } = await intruded(ends, 'overwrite', kind);
    expect((await run.end).outcome).toBe('completed');
    await expectEqual(ends.source, ends.target);
  });
});

const names = ['MSETNX', 'MSET', 'SETNX'];
const acl = [`user default on nopass ~* &* +@all ${names.map((name) => `-${name.toLowerCase()}`).join(' ')}`];
const nameless = { args: names.flatMap((name) => ['--rename-command', name, '']) };

describe('a target that takes strings by RESTORE only gets them so', () => {
  test.each<[string, string, () => Promise<Target>]>([
    ['a server', 'a right that is missing', () => startRedis({ acl })],
    ['a server', 'a command without a name', () => startRedis(nameless)],
    ['a cluster', 'a command without a name', () => startCluster(nameless)],
  ])('%s with %s', async (_, _reason, start) => {
    for (const onConflict of ['fail', 'overwrite'] as const) {
      const [source, target] = await Promise.all([startRedis(), start()]);
      await seed(source);
      const run = new Migration({ source, target }, { mode: 'full', options: { onConflict } });
      expect((await run.end).outcome).toBe('completed');
      await expectEqual(source, target);
    }
  });
});

test.each([server, cluster])(
  'strings are in $what as the source keeps them: their encodings included',
  async ({ start }) => {
    const [source, target] = await Promise.all([startRedis(), start()]);
    await seed(source);
    const run = new Migration({ source, target }, { mode: 'full' });
    expect((await run.end).outcome).toBe('completed');
    for (let n = 0; n < 50; n++) {
      const encodings = await Promise.all([source, target].map(({ client }) => client.object('ENCODING', `key:${n}`)));
      expect(encodings[1], `of ${valueOf(n)}`).toBe(encodings[0]);
    }
    await expectEqual(source, target);
  },
);
