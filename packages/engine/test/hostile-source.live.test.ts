import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type net from 'node:net';
import { join } from 'node:path';
import { fakeServer, removeDir, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { fakeSource } from './fake-source.ts';
import { addressOf, Receiving, type ReceivingOptions } from './receiving.ts';

const running: Receiving[] = [];
async function receive(server: { host: string; port: number }, options: ReceivingOptions = {}): Promise<Receiving> {
  const receiving = new Receiving(addressOf(server), options);
  running.push(receiving);
  return receiving.start();
}
afterEach(async () => {
  for (const receiving of running.splice(0)) {
    await receiving.stop();
    removeDir(receiving.dir);
  }
  await stopEverything();
});

const id = 'a'.repeat(40);
const mark = 'f'.repeat(20) + '0123456789'.repeat(2);
const failed = (receiving: Receiving) => waitFor(() => receiving.failure !== null, { deadlineMs: 30_000 });

describe('a source that cannot be right', () => {
  test.each([
    ['answers HTTP', 'HTTP/1.1 200 OK\r\n\r\n', 'endpoint.protocol'],
    ['answers an SSH banner', 'SSH-2.0-x\r\n', 'endpoint.protocol'],
  ])('one that %s fails at once', async (_, text, code) => {
    const server = await fakeServer((socket) => void socket.write(text));
    const receiving = await receive(server);
    await failed(receiving);
    expect(receiving.failure).toMatchObject({ code });
  });

  test('nobody there fails at once', async () => {
    const receiving = await receive({ host: '127.0.0.1', port: 1 });
    await failed(receiving);
    expect(receiving.failure).toMatchObject({ code: 'endpoint.unreachable' });
  });

  test.each([
    ['a bad replication id', '+FULLRESYNC xyz 5\r\n', 'stream.invalid'],
    ['a negative offset', `+FULLRESYNC ${id} -1\r\n`, 'stream.invalid'],
    ['a continuation that nobody asked for', `+CONTINUE ${id}\r\n`, 'stream.invalid'],
    ['a bulk in place of a status', '$5\r\nhello\r\n', 'stream.invalid'],
  ])('%s is tried again, reported, and given up', async (_, text, code) => {
    const server = await fakeSource({ psync: [text] });
    const receiving = await receive(server);
    await failed(receiving);
    expect(receiving.failure).toMatchObject({ code });
    expect(receiving.codes).toEqual([code, code, code, code]);
    expect(server.connections).toBe(5);
  });

  test('an RDB whose mark never comes is cut off at three times its memory', async () => {
    const junk = Buffer.alloc(1024 * 1024, 'j');
    const endless = (socket: net.Socket) => {
      socket.write(`+FULLRESYNC ${id} 1\r\n$EOF:${mark}\r\n`);
      const more = () => {
        while (socket.writable && socket.write(junk));
        socket.once('drain', more);
      };
      more();
    };
    const server = await fakeSource({ psync: endless });
    const receiving = await receive(server, { keeps: false });
    await waitFor(() => receiving.codes.includes('stream.invalid'), { deadlineMs: 30_000 });
    expect(receiving.receiver.status().bytesIn).toBeLessThan(200 * 1024 * 1024);
  });

  test.each([
    ['a missing right', "-NOPERM this user has no permissions to run the 'psync' command\r\n", 'source.psync_refused'],
    [
      'a renamed command',
      "-ERR unknown command 'PSYNC', with args beginning with: '?' '-1' \r\n",
      'source.psync_refused',
    ],
  ])('%s is told', async (_, text, code) => {
    const server = await fakeSource({ psync: [text] });
    const receiving = await receive(server);
    await waitFor(() => receiving.codes.includes(code));
    expect(receiving.errors[0]?.message).toContain(`127.0.0.1:${server.port}`);
  });

  test('a replica without its primary is waited for, and told', async () => {
    const info = 'redis_version:7.0.15\r\nrole:slave\r\nmaster_link_status:down\r\n';
    const server = await fakeSource({ psync: ['-NOMASTERLINK\r\n'], info });
    const receiving = await receive(server);
    await waitFor(() => receiving.codes.includes('source.not_primary'));
    expect(receiving.failure).toBeNull();
  });
});

describe('a source in trouble', () => {
  test('whose snapshot fails is asked again', async () => {
    let tries = 0;
    const server = await fakeSource({
      psync: (socket) => {
        tries++;
        const reply = `+FULLRESYNC ${id} 10\r\n\n`;
        if (tries === 1) socket.write(`${reply}-ERR can't save\r\n`);
        else socket.write(`${reply}$5\r\nREDIS*1\r\n$4\r\nPING\r\n`);
      },
    });
    const receiving = await receive(server);
    await receiving.reach(24);
    expect(receiving.codes).toEqual(['source.sync_failed']);
    expect(Buffer.concat(receiving.rdb).toString()).toBe('REDIS');
  });

  test('that is loading is asked each second until it is ready', async () => {
    let tries = 0;
    const server = await fakeSource({
      psync: (socket) => socket.write(++tries < 3 ? '-LOADING Redis is loading\r\n' : `+FULLRESYNC ${id} 0\r\n$1\r\nR`),
    });
    const receiving = await receive(server);
    await receiving.until(() => receiving.position.phase === 'stream');
    expect(receiving.codes).toEqual(['endpoint.loading', 'endpoint.loading']);
  });

  test('that sends nothing behind a marked RDB gets an ACK each 100 ms until it does', async () => {
    const acks: number[] = [];
    const server = await fakeSource({
      psync: [`+FULLRESYNC ${id} 7\r\n$EOF:${mark}\r\nREDIS${mark.slice(0, 11)}`, mark.slice(11, 20) + mark],
      onAck: (offset, socket) => {
        acks.push(offset);
        if (acks.length === 5) socket.write('*1\r\n$4\r\nPING\r\n');
      },
    });
    const started = performance.now();
    const receiving = await receive(server);
    await receiving.reach(21);
    expect(performance.now() - started).toBeLessThan(4_000);
    await waitFor(() => acks.includes(21));
    expect(acks[0]).toBe(7);
  });

  test('older than 2.8 is received by SYNC, and never sent an ACK', async () => {
    const acks: number[] = [];
    const asked: string[] = [];
    const server = await fakeSource({
      info: 'redis_version:2.6.17\r\nrole:master\r\n',
      psync: (socket, args) => {
        asked.push(args.join(' '));
        socket.write('\n$5\r\nREDIS*1\r\n$4\r\nPING\r\n');
      },
      onAck: (offset) => acks.push(offset),
    });
    const receiving = await receive(server);
    await receiving.reach(14);
    expect(asked).toEqual(['SYNC']);
    expect(receiving.notes[0]).toMatchObject({ kind: 'full_sync', replicationId: '?', offset: 0 });
    expect(acks).toEqual([]);
  });

  test('of Valkey 9 is told a version, so that it sends the TTLs of fields; others are not; none is told a port', async () => {
    const askedOf = async (info: string): Promise<string> => {
      const asked: string[] = [];
      const psync = [`+FULLRESYNC ${id} 0\r\n$1\r\nR`];
      const server = await fakeSource({ info, psync, onCommand: (args) => asked.push(args.join(' ')) });
      const receiving = await receive(server);
      await receiving.until(() => receiving.position.phase === 'stream');
      return asked.join(', ');
    };
    const greeting = 'CLIENT SETNAME ferry:test, PING, INFO, REPLCONF capa eof capa psync2, ';
    const valkey = 'redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:';
    expect(await askedOf(`${valkey}9.0.1\r\n`)).toBe(`${greeting}REPLCONF version 9.0.0, PSYNC ? -1`);
    expect(await askedOf(`${valkey}8.0.1\r\n`)).toBe(`${greeting}PSYNC ? -1`);
    expect(await askedOf('redis_version:7.0.15\r\n')).toBe(`${greeting}PSYNC ? -1`);
  });
});

const captures = join(import.meta.dirname, '../../../../shared/fixtures/redis');
const servers = existsSync(captures)
  ? readdirSync(captures).filter((name) => existsSync(join(captures, name, 'psync-disk')))
  : [];

describe.runIf(servers.length > 0)('what real servers sent', () => {
  test.each(servers)(
    '%s is received byte for byte, cut at any place',
    async (name) => {
      for (const fixture of ['psync-disk', 'psync-diskless'].filter((one) => existsSync(join(captures, name, one)))) {
        const capture = readFileSync(join(captures, name, fixture, 'stream.bin'));
        const { rdb, stream } = split(capture);
        let cutAt = Math.floor(capture.length / 3);
        const server = await fakeSource({
          info: hasReply(capture) ? '' : 'redis_version:2.6.17\r\n',
          psync: (socket) => {
            const pieces: Buffer[] = [];
            for (let at = 0, step = 1; at < cutAt; at += step, step = (step * 7919) % 65_537)
              pieces.push(capture.subarray(at, Math.min(at + step, cutAt)));
            for (const piece of pieces) socket.write(piece);
            if (cutAt < capture.length) socket.end();
            cutAt = capture.length;
          },
        });
        const receiving = await receive(server);
        await receiving.until(
          () => receiving.position.phase === 'stream' && receiving.streamBytes.length >= stream.length,
        );
        expect(Buffer.concat(receiving.rdb).equals(rdb)).toBe(true);
        expect(receiving.streamBytes.equals(stream)).toBe(true);
        await receiving.stop();
      }
    },
    120_000,
  );
});

/** Servers before 2.8 send their RDB without a word before it. */
const hasReply = (capture: Buffer): boolean => capture.subarray(0, 200).includes('+FULLRESYNC');

/** Where RDB and stream lie in a capture: found here by the payload's own framing, with no code of ours. */
function split(capture: Buffer): { rdb: Buffer; stream: Buffer } {
  let at = hasReply(capture) ? capture.indexOf('\r\n') + 2 : 0;
  while (capture[at] === 0x0a) at++;
  const end = capture.indexOf('\r\n', at);
  const head = capture.toString('latin1', at, end);
  const start = end + 2;
  if (!head.startsWith('$EOF:')) {
    const size = Number(head.slice(1));
    return { rdb: capture.subarray(start, start + size), stream: capture.subarray(start + size) };
  }
  const stop = capture.lastIndexOf(head.slice(5));
  return { rdb: capture.subarray(start, stop), stream: capture.subarray(stop + 40) };
}
