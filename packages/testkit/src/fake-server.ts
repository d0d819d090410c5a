import { once } from 'node:events';
import net from 'node:net';
import { track, untrack } from './cleanup.ts';

/** What a fake server does with a connection. `received` grows as bytes come in. */
export type FakePeer = (socket: net.Socket, received: () => Buffer) => void | Promise<void>;

/** A server that misbehaves as a script says: for what no real server can be made to do. Ends with its connections. */
export class FakeServer {
  readonly host = '127.0.0.1';
  connections = 0;
  readonly #server: net.Server;
  readonly #open = new Set<net.Socket>();

  constructor(peer: FakePeer) {
    this.#server = net.createServer((socket) => {
      this.connections++;
      this.#open.add(socket);
      const parts: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => parts.push(chunk));
      socket.on('error', () => {}).on('close', () => this.#open.delete(socket));
      void peer(socket, () => Buffer.concat(parts));
    });
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  async start(): Promise<this> {
    this.#server.listen(0, this.host);
    await once(this.#server, 'listening');
    return track(this);
  }

  async stop(): Promise<void> {
    untrack(this);
    for (const socket of this.#open) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Starts a server that does with each connection what `peer` says. */
export function fakeServer(peer: FakePeer): Promise<FakeServer> {
  return new FakeServer(peer).start();
}
