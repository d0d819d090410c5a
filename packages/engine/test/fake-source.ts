import type net from 'node:net';
import { type FakePeer, fakeServer } from '@cacheferry/testkit';

export type FakeAnswers = {
  /** Sent as the answer to PSYNC, piece by piece with a pause in between. */
  psync: readonly (string | Buffer)[] | ((socket: net.Socket, args: string[]) => void);
  info?: string;
  /** Called with each command that came. */
  onCommand?: (args: string[]) => void;
  /** Called for each REPLCONF ACK. */
  onAck?: (offset: number, socket: net.Socket) => void;
};

/** A source that greets as a server does and answers PSYNC as a script says. */
export function fakeSource(answers: FakeAnswers) {
  const peer: FakePeer = (socket) => {
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      rest += chunk.toString('latin1');
      for (let found = take(rest); found; found = take(rest)) {
        rest = rest.slice(found.length);
        answer(socket, found.args, answers);
      }
    });
  };
  return fakeServer(peer);
}

function take(text: string): { args: string[]; length: number } | null {
  const count = Number(/^\*(\d+)\r\n/.exec(text)?.[1] ?? 0);
  if (count === 0) return null;
  let at = text.indexOf('\n') + 1;
  const args: string[] = [];
  for (let n = 0; n < count; n++) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 30));
    if (!size) return null;
    const start = at + size[0].length;
    const end = start + Number(size[1]);
    if (text.length < end + 2) return null;
    args.push(text.slice(start, end));
    at = end + 2;
  }
  return { args, length: at };
}

function answer(socket: net.Socket, args: string[], { psync, info, onCommand, onAck }: FakeAnswers): void {
  onCommand?.(args);
  const name = (args[0] ?? '').toUpperCase();
  if (name === 'PING') socket.write('+PONG\r\n');
  else if (name === 'INFO') {
    const text = info ?? 'redis_version:7.0.15\r\nrole:master\r\nused_memory:1000000\r\n';
    socket.write(`$${text.length}\r\n${text}\r\n`);
  } else if (name === 'REPLCONF' && args[1]?.toUpperCase() === 'ACK') onAck?.(Number(args[2]), socket);
  else if (name !== 'PSYNC' && name !== 'SYNC') socket.write('+OK\r\n');
  else if (typeof psync === 'function') psync(socket, args);
  else void sendAll(socket, psync);
}

async function sendAll(socket: net.Socket, pieces: readonly (string | Buffer)[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
