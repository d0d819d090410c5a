import { hasServer, type RedisServer, type ServerVersion, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandOf, isWrite, keyPositions, lookupCommand } from '../src/index.ts';
import { forms, newerForms } from './forms.ts';

/** What 6.0 answers to these is wrong or was changed. */
const unlikeNow = /^PFDEBUG|^MIGRATE .* AUTH2|^GEORADIUS .* STORE .* STOREDIST/;
const unknownTo60 = new Set(
  `GETEX GETDEL LCS COPY SORT_RO LMOVE BLMOVE LMPOP BLMPOP SMISMEMBER SINTERCARD HRANDFIELD ZRANGESTORE ZMPOP BZMPOP
  ZDIFFSTORE ZUNION ZINTER ZINTERCARD ZDIFF ZRANDMEMBER ZMSCORE GEOSEARCH GEOSEARCHSTORE XAUTOCLAIM EVAL_RO EVALSHA_RO
  FCALL FCALL_RO FUNCTION`.split(/\s+/),
);
/** A destination alone is what servers from 7.0 on do not find. */
const isUntold = (form: string) => form === 'PFMERGE d';

/** The forms that a version is asked about, and those of them whose keys it does not tell. */
type Asked = [version: ServerVersion, forms: readonly string[], isUntold: (form: string) => boolean];
const servers: Asked[] = [
  // It takes no command of one word.
  ['redis@7.0', forms, (form) => isUntold(form) || !form.includes(' ')],
  [
    'redis@6.0',
    forms.filter((form) => !unlikeNow.test(form)),
    (form) => unknownTo60.has(form.split(' ')[0] ?? '') || ['PEXPIREAT k 1 NX', 'LPOP k 2', 'EVAL x 0'].includes(form),
  ],
  ['valkey@8.0', forms, isUntold],
  ['valkey@8.1', forms, isUntold],
  ['redis@8.0', [...forms, ...newerForms], isUntold],
];
const available = await Promise.all(servers.map(([version]) => hasServer(version)));

afterAll(() => stopEverything());

describe.each(servers.filter((_, index) => available[index]))('%s', (version, list, isNotTold) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis({ version });
  });

  test.each(list.filter((form) => !isNotTold(form)))('finds the keys where we do: %s', async (text) => {
    const argv = wordsOf(text);
    const expected = await keysByServer(argv);
    const found = keyPositions(argv).map((at) => argv[at]?.toString());
    expect(found.sort()).toEqual(expected.sort());
  });

  test('tells the keys of no other form', async () => {
    const others = list.filter(isNotTold);
    const told = await Promise.all(others.map((text) => keysByServer(wordsOf(text)).catch(() => null)));
    expect(others.filter((_, index) => told[index] !== null)).toEqual([]);
  });

  test('calls the same commands writing, and asks for as many arguments', async () => {
    const rows = (await server.client.call('COMMAND')) as [string, number, string[]][];
    const differing = rows.filter(([name, arity, flags]) => {
      const known = lookupCommand(name);
      if (['host:', 'post', 'pfdebug'].includes(name) || known?.isContainer) return false;
      return !known || (flags.includes('write') && !known.isWrite) || !isSameArity(known.arity, arity);
    });
    expect(differing.map(([name]) => name)).toEqual([]);
  });

  async function keysByServer(argv: Buffer[]): Promise<string[]> {
    try {
      return (await server.client.call('COMMAND', 'GETKEYS', ...argv)) as string[];
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      if (/has no key arguments/.test(message)) return [];
      throw error;
    }
  }
});

const wordsOf = (text: string) => text.split(' ').map((word) => Buffer.from(word === '""' ? '' : word));

/** Newer servers take more arguments, and containers count from their name. */
const isSameArity = (ours: number, theirs: number): boolean => ours === theirs || (ours < 0 && Math.abs(theirs) >= 2);

test('every form is a command that the table knows', () => {
  const unknown = [...forms, ...newerForms].filter((text) => !commandOf(wordsOf(text)));
  expect(unknown).toEqual([]);
  expect(forms.length).toBeGreaterThan(180);
  expect(isWrite([Buffer.from('SET')])).toBe(true);
});
