import { type ChildProcess, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Redis } from 'ioredis';
import { track, untrack } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { endProcess, hasEnded, startProcess } from './processes.ts';
import { removeDir, tempDir } from './temp-dir.ts';
import { Hopeless, waitFor } from './wait-for.ts';

/** Settings of a pool, as in `nutcracker.yml`; without a `listen` of its own it gets a free port of loopback. */
export type NutcrackerPool = { servers: readonly string[]; redis?: boolean } & Record<
  string,
  string | number | boolean | readonly string[] | undefined
>;

/** Whether twemproxy is on this machine. */
export function hasNutcracker(): boolean {
  try {
    execFileSync('nutcracker', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Starts a twemproxy with those pools, each on a free port of loopback. */
export async function startNutcracker(pools: Readonly<Record<string, NutcrackerPool>>): Promise<Nutcracker> {
  const ports = new Map<string, number>();
  for (const name of Object.keys(pools)) ports.set(name, await freePort());
  const proxy = new Nutcracker(pools, ports, await freePort());
  await proxy.start();
  return track(proxy);
}

export class Nutcracker {
  /** Its configuration file. */
  readonly file: string;
  readonly #dir = tempDir('nutcracker');
  readonly #pools: Readonly<Record<string, NutcrackerPool>>;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #statsPort: number;
  readonly #clients: Redis[] = [];
  #child: ChildProcess | undefined;

  constructor(pools: Readonly<Record<string, NutcrackerPool>>, ports: ReadonlyMap<string, number>, statsPort: number) {
    this.#pools = pools;
    this.#ports = ports;
    this.#statsPort = statsPort;
    this.file = path.join(this.#dir, 'nutcracker.yml');
    fs.writeFileSync(
      this.file,
      Object.entries(pools)
        .map((pool) => yamlOf(pool, this.portOf(pool[0])))
        .join(''),
    );
  }

  portOf(pool: string): number {
    const port = this.#ports.get(pool);
    if (port === undefined) throw new Error(`no pool ${pool}`);
    return port;
  }

  log(): string {
    return fs.readFileSync(path.join(this.#dir, 'nutcracker.log'), 'utf8');
  }

  async start(): Promise<void> {
    const log = path.join(this.#dir, 'nutcracker.log');
    const args = ['-c', this.file, '-o', log, '-s', String(this.#statsPort), '-a', '127.0.0.1'];
    const child = startProcess('nutcracker', args, { stdio: 'ignore', cwd: this.#dir });
    this.#child = child;
    const what = 'the start of twemproxy';
    const isUp = async () => {
      if (hasEnded(child)) throw new Hopeless(`twemproxy ended: ${this.log().slice(-2000)}`);
      const up = await Promise.all([...this.#ports.keys()].map((pool) => canConnect(this.#placeOf(pool))));
      return up.every(Boolean);
    };
    await waitFor(isUp, { deadlineMs: 10_000, what });
  }

  /** Sends commands to a pool and returns how many were answered by no error. Throws the first error reply. */
  send(pool: string, commands: Iterable<readonly (string | Buffer)[]>): Promise<number> {
    const bytes: Buffer[] = [];
    let sent = 0;
    const password = this.#pools[pool]?.redis_auth;
    const login = typeof password === 'string' ? [['AUTH', password]] : [];
    for (const words of [...login, ...commands]) {
      bytes.push(Buffer.from(`*${words.length}\r\n`));
      for (const word of words) {
        const part = Buffer.from(word);
        bytes.push(Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n'));
      }
      sent++;
    }
    return exchange(this.#placeOf(pool), Buffer.concat(bytes), sent);
  }

  /** A client of a pool. It knows neither INFO nor HELLO, so nothing is asked before the first command. */
  connect(pool: string): Redis {
    const place = this.#placeOf(pool);
    const options = { protocol: 2, enableReadyCheck: false, disableClientInfo: true } as const;
    const password = this.#pools[pool]?.redis_auth;
    const login = typeof password === 'string' ? { password } : {};
    const client = new Redis({ ...place, ...login, ...options });
    client.on('error', () => {});
    this.#clients.push(client);
    return client;
  }

  #placeOf(pool: string): Place {
    const listen = this.#pools[pool]?.listen;
    if (typeof listen === 'string') return { path: listen.split(' ')[0] ?? '' };
    return { host: '127.0.0.1', port: this.portOf(pool) };
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    if (this.#child) await endProcess(this.#child);
    removeDir(this.#dir);
    untrack(this);
  }
}

function yamlOf([name, settings]: readonly [string, NutcrackerPool], port: number): string {
  const lines = Object.entries(settings).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (Array.isArray(value)) return [`  ${key}:`, ...value.map((one) => `   - ${JSON.stringify(one)}`)];
    return [`  ${key}: ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`];
  });
  const listen = settings.listen === undefined ? [`  listen: 127.0.0.1:${port}`] : [];
  return [`${name}:`, ...listen, ...lines, ''].join('\n');
}

type Place = { path: string } | { host: string; port: number };

function canConnect(place: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(place);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Counts the status and number replies, one line each, until there are as many as commands. */
function exchange(place: Place, bytes: Buffer, expected: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(place);
    let answered = 0;
    let rest = '';
    socket.on('data', (data) => {
      const lines = (rest + data.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      const failed = lines.find((line) => !/^[+:]/.test(line));
      if (failed !== undefined) reject(new Error(`twemproxy answered ${failed}`));
      answered += lines.length;
      if (failed !== undefined || answered >= expected) socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () =>
      answered >= expected ? resolve(answered) : reject(new Error(`twemproxy closed after ${answered} answers`)),
    );
    socket.write(bytes);
  });
}
