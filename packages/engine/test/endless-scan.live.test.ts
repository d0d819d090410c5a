import { systemClock } from '@cacheferry/kernel';
import { openConnection } from '@cacheferry/resp';
import { fakeServer, stopEverything } from '@cacheferry/testkit';
import { afterEach, expect, test } from 'vitest';
import { scanDatabase } from '../src/recv/scan/scan-database.ts';
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

test('a cursor that never ends is told', { timeout: 80_000 }, async () => {
  const keys = Array.from({ length: 1_000 }, (_, n) => `key:${n}`);
  const server = await fakeServer((socket) => {
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      rest = readCommands(Buffer.concat([rest, bytes]), (words) => void socket.write(answer(words, keys)));
    });
  });
  const signal = AbortSignal.timeout(60_000);
  const connection = await openConnection({ host: server.host, port: server.port, signal });
  const facts = { hasExpireTime: true, hasTime: true };
  const options = { connection, db: 0, hasExpiries: false, expectedKeys: 10, facts, clock: systemClock, signal };
  const read = async () => {
    let count = 0;
    for await (const { from, to } of scanDatabase(options)) count += to - from;
    return count;
  };
  await expect(read()).rejects.toMatchObject({ code: 'source.scan_endless', fix: expect.stringMatching(/.+/) });
  await connection.close();
});
