import { type Endpoint, type Job, MigrationOptions, parseEndpointUrl, withSecrets } from '@cacheferry/contract';
import { type Logger } from '@cacheferry/kernel';
import { openTopology, resolveEndpoint, type Topology } from '@cacheferry/topology';
import { type ControlServer, openControlServer } from '../control/control-server.ts';
import { RunControl } from '../control/run-control.ts';
import { SourceFence } from '../control/source-fence.ts';
import { type MigrationRules, rulesOf } from '../rules/migration-rules.ts';
import type { EngineDeps } from '../run-migration.ts';
import { EventLog } from '../state/event-log.ts';
import { acquireRunLock, type RunLock } from '../state/run-lock.ts';
import { openStateDir, type StateDir } from '../state/state-dir.ts';
import { handleControl } from './handle-control.ts';
import { refuseEnds, refuseRules } from '../plan/refuse-job.ts';
import { refuseSockets } from './refuse-sockets.ts';
import { planTargetFiles } from '../rdb-target/target-files.ts';
import { openSource, type Source, type SourceDeps } from './open-source.ts';
import { Progress, type ShardRun } from './progress.ts';
import { RunRecord } from './run-record.ts';
import { settleShare } from './take-share.ts';
import { ErrorTally, ShardTally } from './tally.ts';
import { nameAtSource } from '../write/writers-in.ts';

/** Everything that one run holds; `close` gives all of it back. */
export type MigrationRun = {
  deps: EngineDeps;
  job: Job;
  options: MigrationOptions;
  rules: MigrationRules | null;
  state: StateDir;
  record: RunRecord;
  events: EventLog;
  log: Logger;
  control: RunControl;
  errors: ErrorTally;
  progress: Progress;
  /** Grows when a clustered source does. */
  shards: ShardRun[];
  source: Source;
  target: Topology;
  /** Where the target is RDB files: the one of each shard. */
  targetFiles: readonly string[] | null;
  /** Aborted when the state directory was taken over by another engine. */
  signal: AbortSignal;
  close(): Promise<void>;
};

/** Takes the state directory, opens its events and its control socket, and prepares a receiver for each source shard. */
export async function openRun(deps: EngineDeps, job: Job, signal: AbortSignal): Promise<MigrationRun> {
  const options = MigrationOptions.parse(job.options ?? {});
  const state = openStateDir(deps.dir);
  const lock = await acquireRunLock(state.dir, deps.clock);
  const control = new RunControl({ rateKeys: options.rateKeys, rateBytes: options.rateBytes });
  const events = new EventLog(state.eventsFile, {
    clock: deps.clock,
    // A run that cannot note what it does does nothing.
    onTrouble: (error) => control.hold(error !== null),
    ...(deps.onEvent ? { onLine: deps.onEvent } : {}),
  });
  try {
    return await assemble({ deps, job, options, state, lock, events, control }, signal);
  } catch (error) {
    events.close();
    lock.release();
    throw error;
  }
}

type Base = Pick<MigrationRun, 'deps' | 'job' | 'options' | 'state' | 'events' | 'control'> & { lock: RunLock };

async function assemble(base: Base, signal: AbortSignal): Promise<MigrationRun> {
  const { deps, job, options, state, lock, events, control } = base;
  const record = new RunRecord(state, job);
  const errors = new ErrorTally();
  const ends = await endsOf(job, signal);
  const rules = rulesOf(options, ends.source, ends.target);
  const isFileTarget = ends.target.kind === 'rdb';
  const target = isFileTarget ? noServers : await openTopology(ends.target, 'target');
  const mode = isFileTarget ? 'full' : job.mode;
  const { task } = record;
  const source = await openSourceOf(base, ends.source, { task, errors, mode, isFileTarget, lanes: lanesInto(target) });
  const settled = settleShare(job, source, isFileTarget);
  await refuseSockets(settled.job, { ends, source, target }, signal);
  const files = ends.target.kind === 'rdb' ? planTargetFiles(ends, source, rules) : null;
  refuseRules(ends, { rules, options, isFollowed: source.shards.some(({ mode }) => mode === 'sync') });
  const shards = settled.isSpare ? [] : source.shards.map((shard) => ({ ...shard, tally: new ShardTally() }));
  const rssBytes = () => process.memoryUsage.rss();
  const progress = new Progress({ clock: deps.clock, control, errors, shards, rssBytes });
  control.showBy(() => progress.snapshot());
  const fence = new SourceFence(() => source.servers().filter(({ isDissolved }) => !isDissolved), {
    clock: deps.clock,
    clientName: nameAtSource(record.task),
    onLost: (error) => events.error(error, { fatal: false }),
  });
  const server = await openControlServer(state, handleControl(control, fence), ({ error, ...ack }) =>
    events.append({ type: 'ack', ...ack, ...(error ? { code: error.code, detail: error.message } : {}) }),
  );
  const stop = () => control.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const log = events.logger();
  const close = async () => {
    signal.removeEventListener('abort', stop);
    await fence.unfence();
    await closeAll({ server, shards, events, lock });
    await Promise.all([source.close(), target.close()]);
  };
  const { signal: lost } = lock;
  return {
    deps,
    job: settled.job,
    options,
    rules,
    state,
    record,
    events,
    log,
    control,
    errors,
    progress,
    shards,
    source,
    target,
    targetFiles: files,
    signal: lost,
    close,
  };
}

type Shared = Pick<SourceDeps, 'task' | 'mode' | 'lanes'> & { errors: ErrorTally; isFileTarget: boolean };
const noServers: Topology = { kind: 'rdb', shards: [], close: () => Promise.resolve() };

/** The shards of a target over which keys are spread by their names. */
const lanesInto = ({ placement, shards }: Topology): string[] => (placement ? shards.map(({ id }) => id) : []);

function openSourceOf(base: Base, endpoint: Endpoint, { errors, isFileTarget, ...shared }: Shared): Promise<Source> {
  const { deps, options, state, events } = base;
  return openSource(endpoint, {
    clock: deps.clock,
    random: deps.random,
    options,
    ...shared,
    engines: isFileTarget ? 1 : (base.job.share?.of ?? 1),
    dir: state.dir,
    spoolDir: (shard) => state.spoolDir(shard),
    logger: (shard) => events.logger({ shard }),
    onError: (error, shard) => {
      errors.add(error.code);
      events.error(error, { fatal: false, shard });
    },
  });
}

async function closeAll(held: {
  server: ControlServer;
  shards: readonly ShardRun[];
  events: EventLog;
  lock: RunLock;
}): Promise<void> {
  await Promise.all(held.shards.map(({ receiver }) => receiver.stop()));
  await held.server.close();
  held.events.close();
  held.lock.release();
}

function endpointOf(job: Job, role: 'source' | 'target'): Endpoint {
  const { url, ...beside } = job[role];
  const secrets = Object.fromEntries(Object.entries(beside).filter(([, value]) => value !== undefined));
  return withSecrets(parseEndpointUrl(url), secrets);
}

/** Both ends, an application of CacheCloud as what it is. Throws for a pair that cannot be. */
async function endsOf(job: Job, signal: AbortSignal): Promise<{ source: Endpoint; target: Endpoint }> {
  const source = await resolveEndpoint(endpointOf(job, 'source'), signal);
  const ends = { source, target: await resolveEndpoint(endpointOf(job, 'target'), signal) };
  refuseEnds(ends);
  return ends;
}
