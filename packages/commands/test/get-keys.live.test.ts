import { hasServer, type RedisServer, type ServerVersion, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandOf, isWrite, keyPositions, lookupCommand } from '../src/index.ts';
import { forms, newerForms } from './forms.ts';

/** What 6.0 answers to these is wrong or was changed. */
const unlikeNow = /^PFDEBUG|^MIGRATE .* AUTH2|^GEORADIUS .* STORE .* STOREDIST/;
const servers: [ServerVersion, readonly string[]][] = [
  ['redis@7.0', forms],
  ['redis@6.0', forms.filter((form) => !unlikeNow.test(form))],
  ['valkey@8.0', forms],
  ['valkey@8.1', forms],
  ['redis@8.0', [...forms, ...newerForms]],
];

afterAll(() => stopEverything());

describe.each(servers)('%s', (version, list) => {
  let server: RedisServer;
  let isHere = false;
  beforeAll(async () => {
    isHere = await hasServer(version);
    if (isHere) server = await startRedis({ version });
  });

  test.for(list)('finds the keys where we do: %s', async (text, { skip }) => {
    if (!isHere) return skip('this server is not available here');
    const argv = text.split(' ').map((word) => Buffer.from(word === '""' ? '' : word));
    const expected = await keysByServer(argv);
    if (expected === 'unknown') return skip('this server does not know the command');
    const found = keyPositions(argv).map((at) => argv[at]?.toString());
    expect(found.sort()).toEqual(expected.sort());
  });

  test('calls the same commands writing, and asks for as many arguments', async ({ skip }) => {
    if (!isHere) skip();
    const rows = (await server.client.call('COMMAND')) as [string, number, string[]][];
    const differing = rows.filter(([name, arity, flags]) => {
      const known = lookupCommand(name);
      if (['host:', 'post', 'pfdebug'].includes(name) || known?.isContainer) return false;
      return !known || (flags.includes('write') && !known.isWrite) || !isSameArity(known.arity, arity);
    });
    expect(differing.map(([name]) => name)).toEqual([]);
  });

  async function keysByServer(argv: Buffer[]): Promise<string[] | 'unknown'> {
    try {
      return (await server.client.call('COMMAND', 'GETKEYS', ...argv)) as string[];
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      if (/has no key arguments/.test(message)) return [];
      if (/invalid command|invalid (number of )?arguments|unknown|wrong number/i.test(message)) return 'unknown';
      throw error;
    }
  }
});

/** Newer servers take more arguments, and containers count from their name. */
const isSameArity = (ours: number, theirs: number): boolean => ours === theirs || (ours < 0 && Math.abs(theirs) >= 2);

test('every form is a command that the table knows', () => {
  const unknown = [...forms, ...newerForms].filter(
    (text) => !commandOf(text.split(' ').map((word) => Buffer.from(word))),
  );
  expect(unknown).toEqual([]);
  expect(forms.length).toBeGreaterThan(180);
  expect(isWrite([Buffer.from('SET')])).toBe(true);
});
