import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasServer, type RedisServer, type ServerVersion, startRedis, stopEverything } from '@cacheferry/testkit';
import {
  footerVersionFor,
  makeDumpPayload,
  probePayloads,
  type RdbMagic,
  type RdbValue,
  RdbWalker,
  readDumpPayload,
  readValue,
  recodeValue,
  sortValue,
  valueTypeOf,
} from '../src/index.ts';
import { type Fixture, fixtureFile, fixtures } from './fixture-files.ts';

type Redis = RedisServer['client'];
type Key = { key: Buffer; type: number; magic: RdbMagic; body: Buffer };

const files = fixtures('rdb-full').filter(({ dir }) => dir.includes('/packages/'));
const title = ({ version }: Fixture) => version;

function keysOf(fixture: Fixture): Key[] {
  const keys: Key[] = [];
  const walker = new RdbWalker({
    entry: (e) => keys.push({ key: Buffer.from(e.key), type: e.type, magic: walker.magic, body: Buffer.from(e.value) }),
  });
  const file = fixtureFile(fixture, 'dump.rdb') as Buffer;
  walker.walk(file, 0, file.length);
  return keys;
}

/** The value of a key as the server holds it now. */
async function dumped(client: Redis, key: Buffer, magic: RdbMagic): Promise<RdbValue> {
  const { type, body } = readDumpPayload((await client.dumpBuffer(key)) as Buffer);
  return readValue(type, magic, body);
}

/** A value as text, without what an older form of it cannot say. */
function text(value: RdbValue, form: 'as it is' | 'plain'): string {
  const noTimes = value.type === 'hash' && form === 'plain' ? value.fields.map((f) => ({ ...f, expireAtMs: -1 })) : [];
  const shown = value.type === 'hash' && form === 'plain' ? { ...value, fields: noTimes } : value;
  return JSON.stringify(sortValue(shown), (name, part: unknown) => {
    if (name === 'activeAtMs') return undefined;
    if (form === 'plain' && /^(firstId|maxDeletedId|entriesAdded|entriesRead)$/.test(name)) return undefined;
    return typeof part === 'bigint' ? String(part) : part === 0 ? 0 : part;
  });
}

/** The type bytes that a server refuses, by its own answers. */
async function refusedTypes(client: Redis, product: 'redis' | 'valkey'): Promise<Set<number>> {
  const refused = new Set<number>();
  for (const [type, payload] of probePayloads(product === 'valkey' ? 'VALKEY' : 'REDIS')) {
    const answer = await client.call('RESTORE', '{probe}', '1', payload, 'ABSTTL').catch((error: Error) => error);
    if (answer instanceof Error) refused.add(type);
  }
  return refused;
}

const targets: [ServerVersion, 'redis' | 'valkey'][] = [
  ['redis@6.0', 'redis'],
  ['redis@7.0', 'redis'],
  ['redis@8.0', 'redis'],
  ['valkey@8.1', 'valkey'],
  ['valkey@9', 'valkey'],
];

/** What each version cannot read, as its sources say. */
const refusals: Partial<Record<ServerVersion, number[]>> = {
  'redis@6.0': [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27],
  'redis@7.0': [20, 21, 22, 23, 24, 25, 26, 27],
  'redis@8.0': [26, 27],
  'valkey@8.1': [22],
  'valkey@9': [],
};

for (const [version, product] of targets) {
  describe.skipIf(!(await hasServer(version)))(`into ${version}`, () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis({ version });
    });
    afterAll(stopEverything);

    test('probing the types of values leaves nothing behind', async () => {
      const { client } = server;
      await client.flushall();
      const refused = await refusedTypes(client, product);
      expect(await client.dbsize()).toBe(0);
      expect([...refused].sort((x, y) => x - y)).toEqual(refusals[version]);
    });

    test.each(files.map((fixture) => [title(fixture), fixture] as const))(
      'every value of a file of %s arrives whole, in its own form or in an older one',
      async (_, fixture) => {
        const { client } = server;
        await client.flushall();
        const keys = keysOf(fixture);
        const refused = await refusedTypes(client, product);
        const isForeign = (key: Key) => key.type >= 22 && (key.magic === 'VALKEY') !== (product === 'valkey');
        const recoded = new Map<string, number>();
        for (const entry of keys) {
          const { key, type, magic, body } = entry;
          if (valueTypeOf(type, magic) === 'module') continue;
          const isRefused = refused.has(type) || isForeign(entry);
          const sent = isRefused ? recodeValue(type, magic, body, { product, refused }) : { type, magic, body };
          const payload = makeDumpPayload(sent.type, sent.body, footerVersionFor(sent.type, sent.magic));
          await client.call('RESTORE', key, '0', payload, 'REPLACE', 'ABSTTL');
          const isOlder = sent.type !== type;
          if (isOlder) recoded.set(`${type}>${sent.type}`, (recoded.get(`${type}>${sent.type}`) ?? 0) + 1);
          const held = text(await dumped(client, key, product === 'valkey' ? 'VALKEY' : 'REDIS'), 'plain');
          expect(held, String(key)).toBe(text(readValue(type, magic, body), 'plain'));
        }
        if (version === 'redis@6.0' && /^(redis-7|redis-8|valkey)/.test(fixture.version)) {
          expect([...recoded.keys()].join()).toContain('16>4');
        }
      },
    );
  });
}
