import { track, untrack } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { type RedisServer, type RedisServerOptions, startRedis, startReplica } from './redis-server.ts';
import { SentinelProcess } from './sentinel-process.ts';
import { waitFor } from './wait-for.ts';

export type SentinelOptions = Pick<RedisServerOptions, 'version' | 'args' | 'password'> & {
  name?: string;
  replicas?: number;
  sentinels?: number;
  /** What the sentinels themselves ask for. */
  sentinelPassword?: string;
};

const askAgainMs = 15_000;

/** Starts a primary with replicas and sentinels that watch them, and waits until the sentinels know each other. */
export async function startSentinel(options: SentinelOptions = {}): Promise<SentinelGroup> {
  const { name = 'mymaster', replicas = 2, sentinels = 3, sentinelPassword } = options;
  const { version, args, password } = options;
  const server = { ...(version ? { version } : {}), ...(args ? { args } : {}), ...(password ? { password } : {}) };
  const primary = await startRedis(server);
  const others = await Promise.all(Array.from({ length: replicas }, () => startReplica(primary, server)));
  const watched = {
    name,
    port: primary.port,
    quorum: Math.floor(sentinels / 2) + 1,
    ...(password ? { password } : {}),
  };
  const ports = await Promise.all(Array.from({ length: sentinels }, () => freePort()));
  const processes = ports.map((port) => new SentinelProcess(port, watched, sentinelPassword));
  const group = track(new SentinelGroup(name, [primary, ...others], processes));
  await Promise.all(processes.map((sentinel) => sentinel.start()));
  await group.settled();
  return group;
}

/** A primary, its replicas, and the sentinels that decide which of them is the primary. */
export class SentinelGroup {
  readonly name: string;
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly SentinelProcess[];

  constructor(name: string, servers: readonly RedisServer[], sentinels: readonly SentinelProcess[]) {
    this.name = name;
    this.servers = servers;
    this.sentinels = sentinels;
  }

  /** The address without the sentinels' own password. */
  get url(): string {
    const password = this.servers[0]?.password;
    const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    const hosts = this.sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
    return `redis+sentinel://${login}${hosts}/${this.name}`;
  }

  /** The server that the sentinels name. */
  async primary(): Promise<RedisServer> {
    const answers = await Promise.all(this.sentinels.map((sentinel) => sentinel.state(this.name)));
    const ports = new Set(answers.map(({ port }) => Number(port)));
    const found = this.servers.find(({ port }) => ports.size === 1 && ports.has(port));
    if (found) return found;
    throw new Error(`the sentinels name ${[...ports].join(', ')}`);
  }

  /** Waits until every sentinel knows all replicas and the other sentinels. */
  async settled(): Promise<void> {
    const others = this.sentinels.length - 1;
    const isSettled = async () => {
      const states = await Promise.all(this.sentinels.map((sentinel) => sentinel.state(this.name)));
      return states.every(
        (state) =>
          Number(state['num-other-sentinels']) >= others && Number(state['num-slaves']) >= this.servers.length - 1,
      );
    };
    await waitFor(isSettled, { deadlineMs: 30_000, everyMs: 50, what: 'the sentinels to know each other' });
  }

  /**
   * Has another server promoted and waits until it is. `planned`: the primary lives on and becomes its replica;
   * a signal: the primary gets it first, and the sentinels notice by themselves.
   */
  async failover(how: 'planned' | 'SIGKILL' | 'SIGSTOP' = 'planned'): Promise<RedisServer> {
    const before = await this.primary();
    // A sentinel gives up where no replica is fit at that moment or none is promoted in time: it is asked again then.
    const ask = () => this.sentinels[0]?.client.call('SENTINEL', 'FAILOVER', this.name);
    if (how === 'planned') await ask();
    else await before.kill(how);
    let askedAt = performance.now();
    const isDue = () => how === 'planned' && performance.now() - askedAt > askAgainMs;
    const promoted = async () => {
      const now = await this.primary();
      if (now !== before) return (await now.info('replication')).role === 'master' ? now : null;
      if (!isDue()) return null;
      askedAt = performance.now();
      await ask()?.catch(() => {});
      return null;
    };
    return waitFor(promoted, { deadlineMs: 60_000, everyMs: 50, what: 'a failover' });
  }

  async stop(): Promise<void> {
    await Promise.all(this.sentinels.map((sentinel) => sentinel.stop()));
    untrack(this);
  }
}
