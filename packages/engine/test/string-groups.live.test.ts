import { type RedisServer, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
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

/** Runs slowly until the first keys are there, and then lets somebody else write one that is not. */
async function intruded(ends: { source: RedisServer; target: RedisServer }, onConflict: 'fail' | 'skip' | 'overwrite') {
  const run = new Migration(ends, { mode: 'full', options: { rateKeys: 3_000, batch: 100, onConflict } });
  await waitFor(async () => (await run.status()).keysDone > 300);
  let key = '';
  for (let n = 1; key === ''; n++) if (await ends.target.client.setnx(`key:${n}`, 'of somebody else')) key = `key:${n}`;
  await run.ask({ command: 'rate', rateKeys: 0 });
  return { run, key };
}

describe('a key that somebody else writes while strings go together', () => {
  const begin = async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seed(source);
    return { source, target };
  };

  test('ends the run by its name', async () => {
    const ends = await begin();
    const { run, key } = await intruded(ends, 'fail');
    await expect(run.end).rejects.toMatchObject({ code: 'target.key_exists', facts: { key } });
    expect(await ends.target.client.get(key)).toBe('of somebody else');
  });

  test('stays as it is where keys are skipped, and all others arrive', async () => {
    const ends = await begin();
    const { run, key } = await intruded(ends, 'skip');
    expect((await run.end).outcome).toBe('completed');
    expect(await ends.target.client.get(key)).toBe('of somebody else');
    expect(run.of('progress').at(-1)).toMatchObject({ keysSkipped: 1 });
    await ends.source.client.set(key, 'of somebody else');
    await expectEqual(ends.source, ends.target);
  });

  test('is overwritten where keys are', async () => {
    const ends = await begin();
    const { run } = await intruded(ends, 'overwrite');
    expect((await run.end).outcome).toBe('completed');
    await expectEqual(ends.source, ends.target);
  });
});

describe('a target that does not let strings be written together gets them one by one', () => {
  test.each([
    ['a right that is missing', { acl: ['user default on nopass ~* &* +@all -msetnx -mset'] }],
    ['a command without a name', { args: ['--rename-command', 'MSETNX', '', '--rename-command', 'MSET', ''] }],
  ])('for %s', async (_, options) => {
    for (const onConflict of ['fail', 'overwrite'] as const) {
      const [source, target] = await Promise.all([startRedis(), startRedis(options)]);
      await seed(source);
      const run = new Migration({ source, target }, { mode: 'full', options: { onConflict } });
      expect((await run.end).outcome).toBe('completed');
      await expectEqual(source, target);
    }
  });
});

test('strings are in the target as the source keeps them: their encodings included', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  await seed(source);
  const run = new Migration({ source, target }, { mode: 'full' });
  expect((await run.end).outcome).toBe('completed');
  for (let n = 0; n < 50; n++) {
    const encodings = await Promise.all([source, target].map(({ client }) => client.object('ENCODING', `key:${n}`)));
    expect(encodings[1], `of ${valueOf(n)}`).toBe(encodings[0]);
  }
  await expectEqual(source, target);
});
