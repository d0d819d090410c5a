import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { track, untrack } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { endProcess, hasEnded, startProcess } from './processes.ts';
import { serverProgram, type ServerVersion } from './servers.ts';
import { removeDir, tempDir } from './temp-dir.ts';
import { type TlsSet, tlsFiles } from './tls-files.ts';
import { Hopeless, waitFor } from './wait-for.ts';

/** What a further connection may ask for, as in ioredis. */
export type ConnectOptions = Omit<RedisOptions, 'replyMapping'>;

export type RedisServerOptions = {
  version?: ServerVersion;
  /** Further arguments, as on the command line; they win over the ones given here. */
  args?: readonly string[];
  password?: string;
  /** Lines of an ACL file. The client logs in as `default` with `password`. */
  acl?: readonly string[];
  /** `true`: TLS only, with the certificates of `tlsFiles()`; a set: with those. */
  tls?: boolean | TlsSet;
  /** Keeps its files there and leaves the folder behind. */
  dir?: string;
  port?: number;
  /** Further variables of its environment. */
  env?: Readonly<Record<string, string>>;
  replicaOf?: { host: string; port: number; password?: string };
  /** `listening`: returns although it may still load its data. */
  until?: 'ready' | 'listening';
};

/** Starts a Redis or Valkey server on a free port of loopback, in its own folder, persistence off. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const program = await serverProgram(options.version ?? 'redis@7.0');
  const server = new RedisServer(program, options.port ?? (await freePort()), options);
  await server.start();
  return track(server);
}

/** Starts a replica of a server and waits until its link is up. */
export async function startReplica(primary: RedisServer, options: RedisServerOptions = {}): Promise<RedisServer> {
  const login = primary.password === undefined ? {} : { password: primary.password };
  const replica = await startRedis({ replicaOf: { host: primary.host, port: primary.port, ...login }, ...options });
  const what = `the link of replica ${replica.port}`;
  await waitFor(async () => (await replica.info('replication')).master_link_status === 'up', {
    deadlineMs: 30_000,
    what,
  });
  return replica;
}

export class RedisServer {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly dir: string;
  readonly tls: TlsSet | undefined;
  readonly password: string | undefined;
  readonly #program: string;
  readonly #options: RedisServerOptions;
  #child: ChildProcess | undefined;
  #client: Redis | undefined;
  #others: Redis[] = [];

  constructor(program: string, port: number, options: RedisServerOptions) {
    this.port = port;
    this.password = options.password;
    this.tls = options.tls === true ? tlsFiles() : options.tls || undefined;
    this.dir = options.dir ?? tempDir(`redis-${port}`);
    this.#program = program;
    this.#options = options;
  }

  /** The address without a secret. */
  get bareUrl(): string {
    return this.tls ? `rediss://${this.host}:${this.port}?ca=${this.tls.ca}` : `redis://${this.host}:${this.port}`;
  }

  /** The address with the password in it, as an endpoint URL. */
  get url(): string {
    const login = this.password === undefined ? '' : `:${encodeURIComponent(this.password)}@`;
    return this.bareUrl.replace('://', `://${login}`);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && !hasEnded(this.#child);
  }

  /** One connection that lives as long as the server object; made when first asked for. */
  get client(): Redis {
    return (this.#client ??= this.connect());
  }

  /** A connection of its own, closed by `stop` at the latest. */
  connect(options: ConnectOptions = {}): Redis {
    const client = new Redis({
      host: this.host,
      port: this.port,
      ...(this.password === undefined ? {} : { password: this.password }),
      ...(this.tls ? { tls: { ca: fs.readFileSync(this.tls.ca), checkServerIdentity: () => undefined } } : {}),
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
      ...options,
    });
    client.on('error', () => {});
    this.#others.push(client);
    return client;
  }

  /** A section of INFO (all by default) as names and texts. */
  async info(section = 'all'): Promise<Record<string, string>> {
    const text = await this.client.info(section);
    const pairs = text.split('\r\n').map((line) => /^([^#:]+):(.*)$/.exec(line));
    return Object.fromEntries(pairs.filter((pair) => pair !== null).map(([, name = '', value = '']) => [name, value]));
  }

  /** What the server printed. */
  log(): string {
    return fs.readFileSync(path.join(this.dir, 'server.log'), 'utf8');
  }

  async start(): Promise<void> {
    const log = fs.openSync(path.join(this.dir, 'server.log'), 'a');
    const env = { ...process.env, ...this.#options.env };
    const child = startProcess(this.#program, this.#arguments(), { stdio: ['ignore', log, log], cwd: this.dir, env });
    fs.closeSync(log);
    this.#child = child;
    const probe = this.connect({ retryStrategy: () => 10, maxRetriesPerRequest: 0, enableReadyCheck: false });
    try {
      const what = `the server at port ${this.port}`;
      await waitFor(() => this.#answers(child, probe), { deadlineMs: 20_000, everyMs: 5, what });
    } finally {
      probe.disconnect();
    }
  }

  /** Sends a signal. SIGSTOP and SIGCONT return at once, the others when the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.#child) return;
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') this.#child.kill(signal);
    else await endProcess(this.#child, signal);
  }

  /** Ends the process (SIGTERM, so what `--save` or AOF asks for is written) and starts it again on port and folder. */
  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.kill(signal);
    await this.start();
  }

  async stop(): Promise<void> {
    for (const client of this.#others) client.disconnect();
    this.#others = [];
    this.#client = undefined;
    if (this.#child) await endProcess(this.#child, 'SIGKILL');
    if (this.#options.dir === undefined) removeDir(this.dir);
    untrack(this);
  }

  async #answers(child: ChildProcess, probe: Redis): Promise<boolean> {
    if (hasEnded(child)) throw new Hopeless(`the server ended: ${this.log().slice(-2000)}`);
    try {
      return (await probe.ping()) === 'PONG';
    } catch (error) {
      const text = error instanceof Error ? error.message : '';
      return this.#options.until === 'listening'
        ? /^[A-Z]+ /.test(text)
        : /^(NOAUTH|NOPERM|MASTERDOWN|WRONGPASS)/.test(text);
    }
  }

  #arguments(): string[] {
    const { replicaOf, acl, args = [] } = this.#options;
    const list = ['--bind', this.host, '--dir', this.dir, '--save', '', '--appendonly', 'no', '--protected-mode', 'no'];
    list.push('--repl-diskless-sync-delay', '0');
    if (this.tls) {
      list.push('--port', '0', '--tls-port', String(this.port), '--tls-replication', 'yes');
      list.push('--tls-cert-file', this.tls.cert, '--tls-key-file', this.tls.key, '--tls-ca-cert-file', this.tls.ca);
      list.push('--tls-auth-clients', 'no');
    } else list.push('--port', String(this.port));
    if (acl) list.push('--aclfile', this.#writeAcl(acl));
    else if (this.password !== undefined) list.push('--requirepass', this.password);
    if (this.password !== undefined) list.push('--masterauth', this.password);
    if (replicaOf) list.push('--replicaof', replicaOf.host, String(replicaOf.port));
    if (replicaOf?.password !== undefined) list.push('--masterauth', replicaOf.password);
    return [...list, ...args];
  }

  #writeAcl(lines: readonly string[]): string {
    const file = path.join(this.dir, 'users.acl');
    const login = this.password === undefined ? 'nopass' : `>${this.password}`;
    const channels = this.#options.version === 'redis@6.0' ? '' : '&* ';
    const own = lines.some((line) => line.startsWith('user default '))
      ? []
      : [`user default on ${login} ~* ${channels}+@all`];
    fs.writeFileSync(file, `${[...own, ...lines].join('\n')}\n`);
    return file;
  }
}
