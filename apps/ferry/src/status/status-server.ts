import { createServer, type Socket } from 'node:net';
import type { Snapshot } from '@cacheferry/contract';
import type { Clock } from '@cacheferry/kernel';
import { CommandScanner } from '@cacheferry/resp';
import { infoText } from './info-text.ts';
import { type ListenAt, listen } from './listen.ts';

export type StatusFacts = {
  clock: Clock;
  configFile: string;
  countTargets: () => Promise<number>;
  ask: () => Promise<Snapshot | null>;
};

const maxClients = 100;
/** A question that is longer, or takes longer, is none. */
const maxBytes = 4_096;
const idleMs = 300_000;

/** Answers PING, INFO and QUIT in the protocol of Redis until it is closed. Throws `status.cannot_listen`. */
export async function openStatusServer(at: ListenAt, facts: StatusFacts): Promise<() => void> {
  const sockets = new Set<Socket>();
  const since = facts.clock.monotonic();
  let connections = 0;
  const info = async () =>
    infoText(await facts.ask(), {
      port: at.port,
      configFile: facts.configFile,
      clients: sockets.size,
      maxClients,
      connections,
      targets: await facts.countTargets(),
      uptimeSeconds: Math.floor((facts.clock.monotonic() - since) / 1000),
    });
  const server = createServer((socket) => {
    sockets.add(socket);
    connections++;
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    serve(socket, info);
  });
  server.maxConnections = maxClients;
  await listen(server, at);
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}

/** One question after the other: while one is answered, no further is read. */
function serve(socket: Socket, info: () => Promise<string>): void {
  let held: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    held = Buffer.concat([held, bytes]);
    socket.pause();
    void answerAll(socket, held, info)
      .then((rest) => {
        held = rest;
        if (held.length > maxBytes) socket.destroy();
        else socket.resume();
      })
      .catch(() => socket.end('-ERR Protocol error\r\n'));
  });
}

async function answerAll(socket: Socket, bytes: Buffer, info: () => Promise<string>): Promise<Buffer> {
  const scanner = new CommandScanner(maxBytes);
  let at = 0;
  for (let next = scanner.next(bytes, at); next >= 0; next = scanner.next(bytes, at)) {
    const words = Array.from({ length: scanner.count }, (_, n) =>
      bytes.toString('latin1', scanner.startOf(n), scanner.endOf(n)),
    );
    at = next;
    if (words.length > 0) socket.write(await answer(words, info));
    if (words[0]?.toUpperCase() === 'QUIT') socket.end();
  }
  return bytes.subarray(at);
}

async function answer([name = '', word]: readonly string[], info: () => Promise<string>): Promise<string> {
  switch (name.toUpperCase()) {
    case 'PING':
      return word === undefined ? '+PONG\r\n' : bulk(word);
    case 'INFO':
      return bulk(sectionOf(await info(), word));
    case 'QUIT':
      return '+OK\r\n';
    case 'COMMAND':
      return '*0\r\n';
    default:
      return `-ERR unknown command '${name.replace(/[^\w|.-]/g, '?').slice(0, 64)}'; PING, INFO and QUIT are understood\r\n`;
  }
}

/** One section of the text; all of it for `all`, or without a name. */
function sectionOf(text: string, name: string | undefined): string {
  if (name === undefined || ['all', 'default', 'everything'].includes(name.toLowerCase())) return text;
  const found = text.split('\r\n\r\n').find((part) => part.toLowerCase().startsWith(`# ${name.toLowerCase()}\r\n`));
  return found === undefined ? '' : `${found.trimEnd()}\r\n`;
}

const bulk = (text: string): string => `$${Buffer.byteLength(text, 'latin1')}\r\n${text}\r\n`;
