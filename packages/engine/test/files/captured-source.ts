import type net from 'node:net';
import type { FakeServer } from '@cacheferry/testkit';
import { type Fixture, fixtureFile } from '../../../rdb/test/fixture-files.ts';
import { fakeSource } from '../fake-source.ts';

/** All bytes that a master has sent to a replica, and where in them its commands begin. */
export type Capture = {
  bytes: Buffer;
  commandsAt: number;
  /** What stands behind a mark is not sent before the first ACK. */
  isMarked: boolean;
  replicationId: string;
  offset: number;
  info: string;
};

export function readCapture(fixture: Fixture): Capture {
  const bytes = fixtureFile(fixture, 'stream.bin') as Buffer;
  const { product, version, keys } = JSON.parse(String(fixtureFile(fixture, 'meta.json'))) as Record<string, string>;
  const [, replicationId = '', offset = ''] =
    /^\n*\+FULLRESYNC (\S+) (\d+)/.exec(bytes.toString('latin1', 0, 200)) ?? [];
  let at = bytes.indexOf('\r\n') + 2;
  while (bytes[at] === 0x0a) at++;
  const lineEnd = bytes.indexOf('\r\n', at);
  const head = bytes.toString('latin1', at, lineEnd);
  const isMarked = head.startsWith('$EOF:');
  const commandsAt = isMarked ? bytes.indexOf(head.slice(5), lineEnd + 2) + 40 : lineEnd + 2 + Number(head.slice(1));
  const isValkey = product === 'valkey';
  const info = [
    `redis_version:${isValkey ? '7.2.4' : version}`,
    ...(isValkey ? ['server_name:valkey', `valkey_version:${version}`] : []),
    'role:master',
    'used_memory:1000000',
    `master_replid:${replicationId}`,
    `master_repl_offset:${Number(offset) + bytes.length - commandsAt}`,
    `db0:keys=${keys},expires=0,avg_ttl=0`,
    '',
  ].join('\r\n');
  return { bytes, commandsAt, isMarked, replicationId, offset: Number(offset), info };
}

/**
 * A master that sends what another one has sent, and breaks off at each of some places once. A replica that asks for a
 * place among the commands goes on there.
 */
export function capturedSource(capture: Capture, cuts: readonly number[] = []): Promise<FakeServer> {
  const { bytes, commandsAt, isMarked, replicationId, offset, info } = capture;
  const left = [...cuts].sort((a, b) => a - b);
  const waiting = new Map<net.Socket, () => void>();
  const send = (socket: net.Socket, from: number): void => {
    const cut = left.find((place) => place >= from);
    const isHeld = isMarked && from < commandsAt;
    const end = Math.min(cut ?? bytes.length, isHeld ? commandsAt : bytes.length);
    socket.write(bytes.subarray(from, end));
    if (end === cut) {
      left.splice(left.indexOf(cut), 1);
      socket.end();
    } else if (isHeld) waiting.set(socket, () => send(socket, commandsAt));
  };
  return fakeSource({
    info,
    onAck: (_, socket) => {
      const goOn = waiting.get(socket);
      waiting.delete(socket);
      goOn?.();
    },
    psync: (socket, [name, id, asked]) => {
      if (asked === 'x') return void socket.write('-ERR value is not an integer or out of range\r\n');
      const place = commandsAt + Number(asked) - 1 - offset;
      const isInside = id === replicationId && place >= commandsAt && place <= bytes.length;
      if (name?.toUpperCase() === 'PSYNC' && isInside) {
        socket.write(`+CONTINUE ${replicationId}\r\n`);
        send(socket, place);
      } else send(socket, 0);
    },
  });
}
