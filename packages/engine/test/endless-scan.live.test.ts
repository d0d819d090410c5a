import { systemClock } from '@cacheferry/kernel';
import { openConnection } from '@cacheferry/resp';
import { fakeServer, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, expect, test } from 'vitest';
import { scanDatabase } from '../src/recv/scan/scan-database.ts';
import { readFacts } from '../src/recv/scan/scan-source.ts';
import { readCommands } from './pool-front.ts';

afterEach(() => stopEverything());

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;

/** A proxy that gives the same page again and again, and never the cursor 0. */
function answer(words: readonly Buffer[], keys: readonly string[]): string {
  switch (words[0]?.toString().toUpperCase()) {
    case 'PING':
      return '+PONG\r\n';
    case 'SCAN':
      return `*2\r\n${bulk('7')}*${keys.length}\r\n${keys.map(bulk).join('')}`;
    case 'MGET':
      return `*${words.length - 1}\r\n${bulk('v').repeat(words.length - 1)}`;
    case 'INFO':
      return bulk('# Keyspace\r\n');
    default:
      return '+OK\r\n';
  }
}

/** Reads a database by SCAN to its end; returns how many keys it had. */
async function scan(place: { host: string; port: number }, size: { expectedKeys: number; usedMemory: number | null }) {
  const signal = AbortSignal.timeout(60_000);
  const connection = await openConnection({ host: place.host, port: place.port, signal });
  const facts = { hasExpireTime: true, hasTime: true };
  const options = { connection, db: 0, hasExpiries: false, ...size, facts, clock: systemClock, signal };
  let count = 0;
  try {
    for await (const { from, to } of scanDatabase(options)) count += to - from;
  } finally {
    await connection.close();
  }
  return count;
}

test.each([
  ['over the same keys', Array.from({ length: 1_000 }, (_, n) => `key:${n}`), 1_050],
  ['over nothing', [], 4_000],
])('a cursor that never ends %s is told', { timeout: 80_000 }, async (_, keys, mostPages) => {
  let pages = 0;
  const server = await fakeServer((socket) => {
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      rest = readCommands(Buffer.concat([rest, bytes]), (words) => {
        if (words[0]?.toString() === 'SCAN') pages++;
        socket.write(answer(words, keys));
      });
    });
  });
  await expect(scan(server, { expectedKeys: 10, usedMemory: 2_000_000 })).rejects.toMatchObject({
    code: 'source.scan_endless',
    fix: expect.stringMatching(/.+/),
  });
  expect(pages).toBeLessThan(mostPages);
});

test('a table that was emptied of millions of keys, and cannot shrink meanwhile, is read to its end', {
  timeout: 80_000,
}, async () => {
  const server = await startRedis({ args: ['--rdb-key-save-delay', '50000', '--enable-debug-command', 'local'] });
  const { client } = server;
  await client.call('DEBUG', 'POPULATE', 3_000_000);
  // A table is not made smaller while a snapshot is written.
  await client.bgsave();
  await waitFor(async () => (await server.info('persistence')).rdb_bgsave_in_progress === '1');
  await client.eval("for n = 10, 2999999 do redis.call('DEL', 'key:' .. n) end", 0);
  const connection = await openConnection({ host: server.host, port: server.port });
  const { databases, usedMemory } = await readFacts(connection);
  const [{ keys: expectedKeys } = { keys: 0 }] = databases;
  const stats = String(await client.call('DEBUG', 'HTSTATS', 0));
  expect(stats).toContain('table size: 4194304');
  await connection.close();
  expect(expectedKeys).toBe(10);
  expect(await scan(server, { expectedKeys, usedMemory })).toBe(10);
});
