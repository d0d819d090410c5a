import type { Endpoint, Job, MigrationMode, MigrationOptions } from '@cacheferry/contract';
import { type Clock, FerryError, type Logger } from '@cacheferry/kernel';
import { openTopology, type Shard } from '@cacheferry/topology';
import { FileReceiver } from '../recv/file-receiver.ts';
import { PsyncReceiver } from '../recv/psync-receiver.ts';
import type { Receiver } from '../recv/receiver.ts';

/** A source: its shards, each with a receiver that does nothing yet. */
export type Source = {
  shards: readonly SourceShard[];
  /** The servers behind it, to be fenced; none where it lies in files. */
  servers: readonly Shard[];
  /** Files come to an end, are shipped one after the other, and can be copied only once. */
  isFile: boolean;
  /** Ends what it does in the background. */
  close(): Promise<void>;
};

export type SourceShard = {
  id: string;
  receiver: Receiver;
  /** `full`: it ends with its RDB. */
  mode: MigrationMode;
};

export type SourceDeps = {
  clock: Clock;
  random: () => number;
  job: Job;
  options: MigrationOptions;
  task: string;
  spoolDir: (shard: string) => string;
  logger: (shard: string) => Logger;
  onError: (error: FerryError, shard: string) => void;
};

/** Finds the shards behind a source. Throws `endpoint.unsupported` for a kind that cannot be one. */
export async function openSource(endpoint: Endpoint, deps: SourceDeps): Promise<Source> {
  if (endpoint.kind === 'aof') return filesOf([{ kind: 'aof', path: endpoint.path, until: untilOf(deps) }], deps);
  if (deps.options.until !== undefined) throw new FerryError('migration.option_unsupported', { option: '--until' });
  if (endpoint.kind === 'rdb')
    return filesOf(
      endpoint.paths.map((path) => ({ kind: 'rdb', path })),
      deps,
    );
  const topology = await openTopology(endpoint, 'source');
  const { shards: servers } = topology;
  const shards = servers.map((shard) => serverShard(shard, deps));
  return { shards, servers, isFile: false, close: () => topology.close() };
}

function filesOf(ends: readonly ConstructorParameters<typeof FileReceiver>[0][], deps: SourceDeps): Source {
  const shards = ends.map((end, index): SourceShard => {
    const id = String(index);
    const receiver = new FileReceiver(end, { clock: deps.clock, log: deps.logger(id) });
    return { id, receiver, mode: end.kind === 'aof' ? 'sync' : 'full' };
  });
  return { shards, servers: [], isFile: true, close: () => Promise.resolve() };
}

function serverShard(shard: Shard, deps: SourceDeps): SourceShard {
  const { clock, random, job, options, task } = deps;
  const settings = {
    shard,
    dir: deps.spoolDir(shard.id),
    mode: job.mode,
    clientName: `ferry:${task}`,
    spoolMaxBytes: options.spoolMaxBytes,
  };
  const onError = (error: FerryError) => deps.onError(error, shard.id);
  const receiver = new PsyncReceiver(settings, { clock, random, log: deps.logger(shard.id), onError });
  return { id: shard.id, receiver, mode: job.mode };
}

/** Unix seconds. */
function untilOf({ options }: SourceDeps): number {
  return options.until === undefined ? Number.POSITIVE_INFINITY : Math.floor(Date.parse(options.until) / 1000);
}
