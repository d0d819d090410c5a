import { join } from 'node:path';
import type { Endpoint, MigrationMode, MigrationOptions } from '@cacheferry/contract';
import { type Clock, FerryError, type Logger } from '@cacheferry/kernel';
import { endpointName } from '@cacheferry/resp';
import { type ClusterDirectory, openTopology, type Shard, type Topology } from '@cacheferry/topology';
import { FileReceiver } from '../recv/file-receiver.ts';
import { PsyncReceiver } from '../recv/psync-receiver.ts';
import type { Receiver } from '../recv/receiver.ts';
import { ScanReceiver, type ScanSettings } from '../recv/scan/scan-receiver.ts';
import { divideSlots, inSlots, type SlotRange } from '../recv/scan/slot-range.ts';
import { ScannedCluster } from '../recv/scan/scanned-cluster.ts';
import { ScannedServer } from '../recv/scan/scanned-server.ts';
import type { KeyMatch } from '../rules/key-matcher.ts';
import { HostTurns } from './host-turns.ts';
import { SlotWatch } from './slot-watch.ts';
import { shardMemory } from './source-shards.ts';
import { nameAtSource } from '../write/writers-in.ts';

/** A source: its shards, each with a receiver that does nothing yet. */
export type Source = {
  shards: readonly SourceShard[];
  /** Calls for each shard that joins later. */
  onShard: (listener: (shard: SourceShard) => void) => void;
  /** Of a cluster: slots that move while it is copied, as each of the target's shards knows of them by itself. */
  slots: readonly SlotWatch[];
  /** Whether a key is at home on a shard, where that is told by its name: of a pool, and of slots that are read by SCAN. */
  homeOf: ((shard: string) => KeyMatch) | null;
  /** There are several that each keep their own place: of each server that is read, for each one that is written. */
  isSharded: boolean;
  /** The servers behind it now that this run reads, to be fenced; none where it lies in files. */
  servers: () => readonly Shard[];
  /** It is made of servers that each have keys of their own. */
  isManyServers: boolean;
  /** The shard that had this name once, as it is called now. */
  shardOf: (id: string) => string;
  /** Files come to an end, are shipped one after the other, and can be copied only once. */
  isFile: boolean;
  /** It is read by SCAN, which may give a key twice. */
  isScan: boolean;
  /** Where full syncs of its hosts take turns. */
  turns?: HostTurns;
  /** Ends what it does in the background. */
  close(): Promise<void>;
};

export type SourceShard = {
  id: string;
  /** The shard of the source that it reads. */
  from: string;
  /** Which of the target's shards it writes to. */
  lane: number;
  /** Whose it is of the engines that share the source, where that needs no agreement. */
  share?: number;
  receiver: Receiver;
  /** `full`: it ends with its RDB. */
  mode: MigrationMode;
};

export type SourceDeps = {
  clock: Clock;
  random: () => number;
  mode: MigrationMode;
  options: MigrationOptions;
  task: string;
  /** How many engines share it. */
  engines: number;
  /** The target's shards, where keys are spread over them: each is fed by streams of its own. */
  lanes: readonly string[];
  /** The state directory. */
  dir: string;
  spoolDir: (shard: string) => string;
  logger: (shard: string) => Logger;
  onError: (error: FerryError, shard: string) => void;
};

type ServerDeps = SourceDeps & { isScan: boolean };
type OpenScan = ScanSettings['open'];

/** Finds the shards behind a source. Throws `endpoint.unsupported` for a kind that cannot be one. */
export async function openSource(endpoint: Endpoint, deps: SourceDeps): Promise<Source> {
  if (endpoint.kind === 'aof') return filesOf([{ kind: 'aof', path: endpoint.path, until: untilOf(deps) }], deps);
  if (deps.options.until !== undefined) throw new FerryError('migration.option_unsupported', { option: '--until' });
  if (endpoint.kind === 'rdb')
    return filesOf(
      endpoint.paths.map((path) => ({ kind: 'rdb', path })),
      deps,
    );
  const isScan = 'scan' in endpoint && endpoint.scan;
  const topology = await openTopology(endpoint, 'source', shardMemory(deps.dir));
  if (isScan && topology.directory) return scannedCluster(topology, topology.directory, deps);
  return serversOf(topology, { ...deps, isScan });
}

/**
 * Read as a whole, it is one shard: its keys may move between nodes meanwhile. Engines that share it have some of the
 * slots each, on whatever nodes these are.
 */
function scannedCluster(topology: Topology, directory: ClusterDirectory, deps: SourceDeps): Source {
  const { clock, engines } = deps;
  const openFor =
    (id: string, slots: SlotRange | null): OpenScan =>
    (isFollowed, signal, onPlace) => {
      onPlace(directory.name);
      const settings = { directory, name: nameAtSource(deps.task), slots, clock, log: deps.logger(id) };
      return ScannedCluster.open(settings, isFollowed, signal);
    };
  const scan = (id: string, slots: SlotRange | null) =>
    lanesOf(id, deps).map((lane) => scanShard(lane, deps, openFor(id, slots)));
  const parts = divideSlots(engines).map((slots, at) => ({ id: `slots-${slots.join('-')}`, slots, share: at + 1 }));
  const isShared = engines > 1;
  return {
    shards: isShared
      ? parts.flatMap(({ id, slots, share }) => scan(id, slots).map((shard) => ({ ...shard, share })))
      : scan('cluster', null),
    servers: () => topology.shards,
    slots: [],
    homeOf: isShared ? (id) => inSlots(parts.find((part) => part.id === id)?.slots ?? [0, -1]) : null,
    isManyServers: true,
    shardOf: (id) => topology.shardOf?.(id) ?? id,
    isSharded: isShared || deps.lanes.length > 1,
    isFile: false,
    isScan: true,
    onShard: () => {},
    close: () => topology.close(),
  };
}

function serverScan(shard: Shard, { clock, task }: SourceDeps): OpenScan {
  return (isFollowed, signal, onPlace) => {
    const locate = async (until: AbortSignal) => {
      const address = await shard.locate(until);
      onPlace(endpointName(address));
      return { ...address, name: nameAtSource(task) };
    };
    return ScannedServer.open({ clock, locate }, isFollowed, signal);
  };
}

function scanShard(lane: Lane, { clock, mode, logger }: SourceDeps, open: OpenScan): SourceShard {
  const receiver = new ScanReceiver({ shard: lane.id, mode, open }, { clock, log: logger(lane.id) });
  return { ...lane, receiver, mode };
}

async function serversOf(topology: Topology, deps: ServerDeps): Promise<Source> {
  const { shards: servers } = topology;
  const view = topology.onShard ? await topology.directory?.view() : undefined;
  const slots = view ? journalsOf(deps).map((path) => new SlotWatch(topology, view, { clock: deps.clock, path })) : [];
  const isManyServers = slots.length > 0 || topology.kind === 'twemproxy';
  const shared = new HostTurns(deps.dir, { clock: deps.clock, log: deps.logger('source') });
  const turns = isManyServers || shared.isShared ? shared : null;
  const shards = servers.flatMap((shard) =>
    lanesOf(shard.id, deps).map((lane) => serverShard(shard, lane, deps, turns)),
  );
  return {
    shards,
    servers: () => servers,
    slots,
    homeOf: homesIn(topology),
    isManyServers,
    shardOf: (id) => topology.shardOf?.(id) ?? id,
    isSharded: isManyServers || deps.lanes.length > 1,
    isFile: false,
    isScan: deps.isScan,
    ...(turns ? { turns } : {}),
    onShard: (listener) =>
      topology.onShard?.((shard) => {
        for (const lane of lanesOf(shard.id, deps)) listener(serverShard(shard, lane, deps, turns));
      }),
    close: async () => {
      for (const watch of slots) watch.close();
      await topology.close();
    },
  };
}

function filesOf(ends: readonly ConstructorParameters<typeof FileReceiver>[0][], deps: SourceDeps): Source {
  const shards = ends.flatMap((end, index) =>
    lanesOf(String(index), deps).map((lane): SourceShard => {
      const receiver = new FileReceiver(end, { clock: deps.clock, log: deps.logger(lane.id) });
      return { ...lane, receiver, mode: end.kind === 'aof' ? 'sync' : 'full' };
    }),
  );
  return {
    shards,
    servers: () => [],
    isFile: true,
    isScan: false,
    slots: [],
    homeOf: null,
    isManyServers: false,
    shardOf: (id) => id,
    isSharded: deps.lanes.length > 1,
    onShard: () => {},
    close: () => Promise.resolve(),
  };
}

/** Where it is noted for each of the target's shards who has which slot. */
const journalsOf = ({ lanes, dir }: SourceDeps): string[] =>
  lanes.length < 2 ? [join(dir, 'slots.jsonl')] : lanes.map((_, lane) => join(dir, `slots-${lane}.jsonl`));

type Lane = Pick<SourceShard, 'id' | 'from' | 'lane'>;

/** One for each shard of the target, named after both. */
function lanesOf(from: string, { lanes }: SourceDeps): Lane[] {
  if (lanes.length < 2) return [{ id: from, from, lane: 0 }];
  return lanes.map((target, lane) => ({ id: `${from}>${target}`, from, lane }));
}

/** Whether keys are at home on a shard, where that is told by their names. */
function homesIn({ shards, placement }: Topology): Source['homeOf'] {
  if (!placement) return null;
  return (id) => {
    const index = shards.findIndex((shard) => shard.id === id);
    return (bytes, start, end) => placement(bytes, start, end) === index;
  };
}

function serverShard(shard: Shard, lane: Lane, deps: ServerDeps, turns: HostTurns | null): SourceShard {
  const { id } = lane;
  const { clock, random, mode, options, task } = deps;
  const settings = {
    shard,
    dir: deps.spoolDir(id),
    mode,
    clientName: nameAtSource(task),
    spoolMaxBytes: options.spoolMaxBytes,
    ...(turns ? { turn: (host: string, signal: AbortSignal) => turns.take(host, signal) } : {}),
  };
  if (deps.isScan) return scanShard(lane, deps, serverScan(shard, deps));
  const onError = (error: FerryError) => deps.onError(error, id);
  const receiver = new PsyncReceiver(settings, { clock, random, log: deps.logger(id), onError });
  return { ...lane, receiver, mode };
}

/** Unix seconds. */
function untilOf({ options }: SourceDeps): number {
  return options.until === undefined ? Number.POSITIVE_INFINITY : Math.floor(Date.parse(options.until) / 1000);
}
