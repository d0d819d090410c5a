import net from 'node:net';
import { track, untrack } from './cleanup.ts';
import { type Faults, noFaults, Pipe } from './fault-pipe.ts';

export type FaultProxyOptions = { host?: string; port: number; listenPort?: number };

/**
 * Puts a proxy before a server; `set` makes it fail: slow, cut after so many bytes, silent, resetting, corrupting.
 * What is set holds at once for connections that are open and for new ones.
 */
export async function faultProxy(to: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(to);
  await proxy.listen(to.listenPort ?? 0);
  return track(proxy);
}

type Link = { client: net.Socket; server: net.Socket | undefined };

export class FaultProxy {
  readonly host = '127.0.0.1';
  /** Connections taken so far. */
  accepted = 0;
  readonly bytes = { up: 0, down: 0 };
  readonly faults: Faults = { ...noFaults };
  readonly #to: { host: string; port: number };
  readonly #links = new Set<Link>();
  readonly #server: net.Server;

  constructor({ host = '127.0.0.1', port }: FaultProxyOptions) {
    this.#to = { host, port };
    this.#server = net.createServer({ allowHalfOpen: true }, (client) => this.#take(client));
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  get url(): string {
    return `redis://${this.host}:${this.port}`;
  }

  get open(): number {
    return this.#links.size;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, this.host, resolve);
    });
  }

  /** Changes the named faults, the others stay. `mode: 'reset'` and `'close'` end open connections too. */
  set(faults: Partial<Faults>): void {
    Object.assign(this.faults, faults);
    if (this.faults.mode === 'reset') this.cut();
    if (this.faults.mode === 'close') for (const link of this.#links) this.#end(link, false);
  }

  /** No fault any more. Connections that a blackhole swallowed bytes of stay broken: cut them. */
  heal(): void {
    Object.assign(this.faults, noFaults);
  }

  /** Resets every open connection (RST). */
  cut(): void {
    for (const link of this.#links) this.#end(link, true);
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
    untrack(this);
  }

  #take(client: net.Socket): void {
    this.accepted++;
    const link: Link = { client, server: undefined };
    this.#links.add(link);
    client.on('error', () => this.#end(link, true));
    client.on('close', () => this.#links.delete(link));
    const { mode } = this.faults;
    if (mode === 'reset' || mode === 'close') return this.#end(link, mode === 'reset');
    if (mode === 'hang') return;
    const server = net.connect({ ...this.#to, allowHalfOpen: true });
    link.server = server;
    server.on('error', () => this.#end(link, true));
    client.setNoDelay(true);
    server.setNoDelay(true);
    const count = (way: 'up' | 'down') => (size: number) => {
      this.bytes[way] += size;
    };
    const cut = () => this.#end(link, true);
    new Pipe(client, server, { way: 'up', faults: this.faults, count: count('up'), cut });
    new Pipe(server, client, { way: 'down', faults: this.faults, count: count('down'), cut });
  }

  #end(link: Link, hard: boolean): void {
    for (const socket of [link.client, link.server]) {
      if (hard) socket?.resetAndDestroy();
      else socket?.end(() => socket.destroy());
    }
    this.#links.delete(link);
  }
}
