import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Cluster } from 'ioredis';
import { track, untrack } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { RedisServer, type RedisServerOptions } from './redis-server.ts';
import { serverProgram, type ServerVersion } from './servers.ts';
import { SlotMove } from './slot-move.ts';
import { removeDir, tempDir } from './temp-dir.ts';
import type { TlsSet } from './tls-files.ts';
import { waitFor } from './wait-for.ts';

export type RedisClusterOptions = {
  version?: ServerVersion;
  masters?: number;
  /** Of each master. */
  replicas?: number;
  password?: string;
  tls?: boolean | TlsSet;
  /** Further arguments of every server. */
  args?: readonly string[];
};

/** One server of a cluster; `id` is its node id. `primary`: the index of the one that it replicates, or −1. */
export type ClusterNode = { id: string; server: RedisServer; primary: number };

export const slotCount = 16_384;

/**
 * Starts a cluster of Redis or Valkey servers on loopback, its slots spread evenly, and waits until every node is ready
 * for writes. Nodes `0 … masters − 1` begin as primaries, their replicas follow.
 */
export async function startCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { masters = 3, replicas = 0, version = 'redis@7.0', password, tls, args = [] } = options;
  const program = await serverProgram(version);
  const nodes: ClusterNode[] = [];
  for (let index = 0; index < masters * (1 + replicas); index++) {
    const port = await freePort();
    const own: RedisServerOptions = {
      version,
      dir: tempDir(`cluster-${port}`),
      args: [...clusterArguments, ...(tls ? ['--tls-cluster', 'yes'] : []), ...args],
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls }),
    };
    const primary = index < masters ? -1 : (index - masters) % masters;
    nodes.push({ id: randomBytes(20).toString('hex'), server: new RedisServer(program, port, own), primary });
  }
  for (const node of nodes) writeNodesFile(node, nodes, masters);
  const cluster = track(new RedisCluster(nodes));
  await Promise.all(nodes.map(({ server }) => server.start()));
  await cluster.ready();
  return cluster;
}

const clusterArguments = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'].concat(
  ['--cluster-node-timeout', '1500', '--cluster-replica-validity-factor', '0'],
  ['--cluster-require-full-coverage', 'no', '--cluster-migration-barrier', '1000', '--repl-ping-replica-period', '1'],
);

/** A file that says who has which slots is read at start: no meeting, no gossip to wait for. */
function writeNodesFile(me: ClusterNode, nodes: readonly ClusterNode[], masters: number): void {
  const lines = nodes.map((node, index) => {
    const { host, port } = node.server;
    const myself = node === me ? 'myself,' : '';
    const place = `${node.id} ${host}:${port}@${port + 10_000}`;
    const primary = nodes[node.primary];
    if (primary) return `${place} ${myself}slave ${primary.id} 0 0 ${node.primary + 1} connected`;
    const range = `${firstSlot(index, masters)}-${firstSlot(index + 1, masters) - 1}`;
    return `${place} ${myself}master - 0 0 ${index + 1} connected ${range}`;
  });
  const text = `${lines.join('\n')}\nvars currentEpoch ${masters} lastVoteEpoch 0\n`;
  fs.writeFileSync(path.join(me.server.dir, 'nodes.conf'), text);
}

const firstSlot = (index: number, masters: number): number => Math.round((index * slotCount) / masters);

export class RedisCluster {
  readonly nodes: readonly ClusterNode[];
  #client: Cluster | undefined;

  constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes;
  }

  /** The address of all nodes without a secret. */
  get bareUrl(): string {
    const [first] = this.nodes;
    const hosts = this.nodes.map(({ server }) => `${server.host}:${server.port}`).join(',');
    return first?.server.tls ? `rediss+cluster://${hosts}?ca=${first.server.tls.ca}` : `redis+cluster://${hosts}`;
  }

  /** The address with the password in it, as an endpoint URL. */
  get url(): string {
    const password = this.nodes[0]?.server.password;
    return password === undefined ? this.bareUrl : this.bareUrl.replace('://', `://:${encodeURIComponent(password)}@`);
  }

  /** One client that lives as long as the cluster object; made when first asked for. */
  get client(): Cluster {
    return (this.#client ??= this.connect());
  }

  /** A client of its own; the caller closes it. */
  connect(): Cluster {
    const [first] = this.nodes;
    const { password, tls } = first?.server ?? {};
    const login = password === undefined ? {} : { password };
    const secure = tls ? { tls: { ca: fs.readFileSync(tls.ca), checkServerIdentity: () => undefined } } : {};
    const client = new Cluster(
      this.nodes.map(({ server }) => ({ host: server.host, port: server.port })),
      { redisOptions: { ...login, ...secure }, scaleReads: 'master', slotsRefreshInterval: 500 },
    );
    client.on('error', () => {});
    return client;
  }

  /** The node with that index. */
  node(index: number): ClusterNode {
    const node = this.nodes[index];
    if (!node) throw new Error(`the cluster has no node ${index}`);
    return node;
  }

  /** The nodes that are primaries now, as the nodes that answer see themselves. */
  async primaries(): Promise<ClusterNode[]> {
    const roles = await Promise.all(this.nodes.map(({ server }) => roleOf(server)));
    return this.nodes.filter((_, index) => roles[index] === 'master');
  }

  /** The node that has a slot, as `CLUSTER NODES` of a node says that is up. */
  async ownerOf(slot: number): Promise<ClusterNode> {
    const found = waitFor(() => this.#ownerNow(slot), { deadlineMs: 2_000, what: `an owner of slot ${slot}` });
    return found.catch(() => this.#adopt(slot));
  }

  /**
   * Moves in quick succession may leave a slot to nobody, because each node goes by what it heard last: it is given out
   * anew, as `redis-cli --cluster fix` does.
   */
  async #adopt(slot: number): Promise<ClusterNode> {
    const primaries = await this.primaries();
    const [owner] = primaries;
    if (!owner) throw new Error('the cluster has no primary');
    for (const { server } of primaries) await server.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', owner.id);
    await owner.server.client.call('CLUSTER', 'BUMPEPOCH');
    return owner;
  }

  async #ownerNow(slot: number): Promise<ClusterNode | null> {
    for (const primary of await this.primaries()) {
      const text = String(await primary.server.client.call('CLUSTER', 'NODES'));
      const own = text.split('\n').find((line) => line.includes('myself')) ?? '';
      const ranges = own
        .split(' ')
        .slice(8)
        .filter((range) => !range.startsWith('['));
      const isThere = ranges.some((range) => {
        const [from = 0, to = from] = range.split('-').map(Number);
        return slot >= from && slot <= to;
      });
      if (isThere) return primary;
    }
    return null;
  }

  /** Begins to move a slot; `keys` and `finish` of the result do the rest. */
  async beginMove(slot: number, toIndex: number): Promise<SlotMove> {
    const from = await this.ownerOf(slot);
    const primaries = await this.primaries();
    const move = new SlotMove({ slot, from, to: this.node(toIndex), primaries });
    await move.begin();
    return move;
  }

  /** Moves a slot with all its keys, as `redis-cli --cluster reshard` does. Nothing happens if it is there already. */
  async moveSlot(slot: number, toIndex: number): Promise<void> {
    if ((await this.ownerOf(slot)) === this.nodes[toIndex]) return;
    const move = await this.beginMove(slot, toIndex);
    while ((await move.keys(100)) > 0);
    await move.finish();
  }

  /** Moves a slot in one step, as Valkey does from version 9 on. Nothing happens if it is there already. */
  async moveSlotAtOnce(slot: number, toIndex: number): Promise<void> {
    const from = await this.ownerOf(slot);
    const to = this.node(toIndex);
    if (from === to) return;
    const { client } = from.server;
    await client.call('CLUSTER', 'MIGRATESLOTS', 'SLOTSRANGE', slot, slot, 'NODE', to.id);
    // The newest is told first.
    const isOver = async () => /^(success|failed|cancelled)$/.test(String(await newestState(client)));
    await waitFor(isOver, { deadlineMs: 30_000, what: `slot ${slot} to be moved` });
    const state = await newestState(client);
    if (state !== 'success') throw new Error(`slot ${slot} was not moved: ${state}`);
  }

  /**
   * Makes a replica the primary. `graceful`: the primary lives and hands over, nothing is lost · `kill`: it is killed,
   * the cluster votes · `takeover`: it is killed and the replica does not ask anybody.
   */
  async failover(replicaIndex: number, how: 'graceful' | 'kill' | 'takeover' = 'graceful'): Promise<void> {
    const { server, id } = this.node(replicaIndex);
    if (how !== 'graceful') {
      const nodes = String(await server.client.call('CLUSTER', 'NODES'));
      const mine = nodes.split('\n').find((line) => line.startsWith(id));
      const primary = this.nodes.find((node) => node.id === mine?.split(' ')[3]);
      await primary?.server.kill('SIGKILL');
    }
    if (how === 'graceful') await server.client.call('CLUSTER', 'FAILOVER');
    if (how === 'takeover') await server.client.call('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await waitFor(async () => (await roleOf(server)) === 'master', { deadlineMs: 20_000, what: 'the failover' });
    await this.agreed();
  }

  /** Resolves when every living node can be written to and every replica has its link. */
  async ready(): Promise<void> {
    await this.agreed();
    await Promise.all(
      this.nodes
        .filter(({ primary }) => primary >= 0)
        .map(({ server }) =>
          waitFor(async () => (await server.info('replication')).master_link_status === 'up', {
            deadlineMs: 30_000,
            what: `the link of replica ${server.port}`,
          }),
        ),
    );
  }

  /** Resolves when every living node says that all slots are served. */
  async agreed(): Promise<void> {
    await Promise.all(
      this.nodes
        .filter(({ server }) => server.isRunning)
        .map(({ server }) =>
          waitFor(
            async () => {
              const info = String(await server.client.call('CLUSTER', 'INFO'));
              return info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${slotCount}`);
            },
            { deadlineMs: 20_000, what: `node ${server.port} of the cluster` },
          ),
        ),
    );
  }

  async stop(): Promise<void> {
    this.#client?.disconnect();
    this.#client = undefined;
    await Promise.all(this.nodes.map(({ server }) => server.stop()));
    for (const { server } of this.nodes) removeDir(server.dir);
    untrack(this);
  }
}

async function roleOf(server: RedisServer): Promise<string> {
  if (!server.isRunning) return 'gone';
  const [role] = (await server.client.call('ROLE')) as [string];
  return role;
}

async function newestState(client: RedisServer['client']): Promise<unknown> {
  const [newest = []] = (await client.call('CLUSTER', 'GETSLOTMIGRATIONS')) as unknown[][];
  return newest[newest.indexOf('state') + 1];
}
