import { join } from 'node:path';
import { FerryError } from '@cacheferry/kernel';
import { readerOf } from '../rdb-target/target-files.ts';
import { type WriteDeps, writeShard } from '../rdb-target/write-shard.ts';
import { followsValues } from '../ship/follows-values.ts';
import { LostReport } from '../ship/lost-report.ts';
import type { ShipDeps } from '../ship/ship-deps.ts';
import { shipShard } from '../ship/ship-shard.ts';
import { FileMark } from '../state/file-mark.ts';
import { claimTarget, type Origin } from '../write/claim-target.ts';
import { shardTask } from '../write/forget-task.ts';
import { EvictionWatch } from './eviction-watch.ts';
import { Limiter } from './limiter.ts';
import type { MigrationRun } from './open-run.ts';
import { openShard, openTarget } from './open-target.ts';
import { rulesFor } from './rules-for.ts';
import { PhaseEvents } from './phase-events.ts';
import type { ShardRun } from './progress.ts';
import { takeShare } from './take-share.ts';
import { ShardTally } from './tally.ts';
import { nameAtSource } from '../write/writers-in.ts';

const progressMs = 1_000;

/**
 * Ships all shards side by side, files one after the other, until every one has ended. The first that fails ends the others.
 *
 * Mode `full` and files end by themselves; mode `sync` goes on until it is stopped, and then throws `migration.stopped`.
 */
export async function shipAll(run: MigrationRun): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([run.signal, failed.signal]);
  await takeShare(run, AbortSignal.any([signal, run.control.stopSignal]));
  if (run.shards.length === 0) return;
  if (run.shards.some(({ mode }) => followsValues({ rules: run.rules, mode })))
    run.log.warn(
      'Rules look at type, ttl or size: each key that changes is read from the source, and the transactions of the source are not kept together on the target',
    );
  const phases = new PhaseEvents(run);
  const limiter = new Limiter(run.control, run.deps.clock);
  const evictions = new EvictionWatch(run);
  const timer = setInterval(() => {
    phases.tell();
    run.progress.sample();
    run.events.append({ type: 'progress', ...run.progress.snapshot() });
  }, progressMs);
  try {
    if (run.job.share)
      for (const slots of run.source.slots)
        slots.refuseMoves((slot) => failed.abort(new FerryError('source.slots_moved', { slot })));
    await prepareAll(run, signal);
    const shared: Shared = { limiter, phases, origins: new Map() };
    const ship = async (shard: ShardRun): Promise<void> => {
      try {
        const file = run.targetFiles?.[run.shards.indexOf(shard)];
        if (file === undefined) await shipShard(shipDeps(run, shard, shared), signal, run.deps.random);
        else await writeShard(writeDeps(run, shard, file, shared), signal);
        shard.tally.phase = 'done';
      } catch (error) {
        // The others end because of the first.
        if (!signal.aborted && !run.control.stopSignal.aborted) shard.tally.phase = 'failed';
        failed.abort(error);
      }
    };
    await shipEach(run, ship, failed.signal);
    failed.signal.throwIfAborted();
    // Snapshots are taken at different times: a key that moved in between may be in none of them.
    const slot = run.job.mode === 'full' ? ((await run.source.slots[0]?.moved(signal)) ?? null) : null;
    if (slot !== null) throw new FerryError('source.slots_moved', { slot });
  } finally {
    clearInterval(timer);
    await evictions.close();
    phases.tell();
  }
}

/** Side by side, those that join later too; files one after the other. */
async function shipEach(run: MigrationRun, ship: (shard: ShardRun) => Promise<void>, failed: AbortSignal) {
  if (run.source.isFile) {
    for (const shard of run.shards) if (!failed.aborted) await ship(shard);
    return;
  }
  const ended = run.shards.map(ship);
  run.source.onShard((joined) => {
    // Without slots it says nothing; and slots that move end a share.
    if (run.job.share) return;
    const shard = { ...joined, tally: new ShardTally() };
    run.log.info('A primary joined the source', { shard: shard.id });
    run.shards.push(shard);
    ended.push(ship(shard));
  });
  for (let n = 0; n < ended.length; n++) await ended[n];
}

/** `origins`: in what state the run found each shard of the target. */
type Shared = { limiter: Limiter; phases: PhaseEvents; origins: Map<number, NonNullable<ShipDeps['origin']>> };

/** All of them before any is shipped: what is found wrong with one is said while the target is as it was. */
async function prepareAll({ shards, control }: MigrationRun, signal: AbortSignal): Promise<void> {
  const ends = AbortSignal.any([signal, control.stopSignal]);
  for (const { receiver } of shards) await receiver.prepare?.(ends);
}

function shipDeps(run: MigrationRun, shard: ShardRun, shared: Shared): ShipDeps {
  const { job, options, record, control, errors, events, deps } = run;
  const { id, receiver, tally, lane } = shard;
  const { isSharded } = run.source;
  const slots = run.source.slots[lane];
  const server = run.source.servers().find((one) => one.id === shard.from);
  const mark = run.shards.length > 1 || isSharded ? new FileMark(join(run.state.keysDir(id), 'written')) : null;
  return {
    shard: id,
    task: isSharded ? shardTask(record.task, id) : record.task,
    jobEpoch: job.epoch,
    mode: shard.mode,
    isReplay: run.source.isFile,
    mayRepeat: run.source.isScan,
    options,
    ...rulesFor(run, shard),
    clock: deps.clock,
    log: events.logger({ shard: id }),
    keysDir: run.state.keysDir(id),
    control,
    limiter: shared.limiter,
    receiver,
    tally,
    errors,
    lost: new LostReport(events.logger({ shard: id })),
    isResumed: record.isResumed,
    isSameRun: ({ replicationId }) =>
      run.source.isFile ? replicationId === receiver.status().replicationId : record.isSameMode,
    hasHistory: () => mark?.isSet ?? record.hasWritten,
    ...(isSharded ? { origin: originOnce(run, lane, shared) } : {}),
    ...(slots ? { slots: slots.slotsOf(shard.from, tally) } : {}),
    // What is read by SCAN has no offsets that the slots of a cluster could tell.
    ...(server && !(run.source.isScan && run.target.directory)
      ? { openSource: (signal: AbortSignal) => openShard(server, nameAtSource(run.record.task), signal) }
      : {}),
    openTarget: (signal) => openTarget(run, { shard: id, lane }, signal),
    onPhase: (phase) => {
      if (tally.phase === phase) return;
      tally.phase = phase;
      tally.isCopying = phase === 'full_sync' || (tally.isCopying && phase === 'catching_up');
      shared.phases.tell();
    },
    onTrouble: (error) => {
      errors.add(error.code);
      events.error(error, { fatal: false, shard: id });
    },
    onCommit: () => {
      mark?.set();
      record.set('written');
    },
  };
}

/** In what state the target was before any shard wrote to it: asked once, before each of them claims its own place. */
function originOnce(run: MigrationRun, lane: number, { origins }: Shared): NonNullable<ShipDeps['origin']> {
  const asked = origins.get(lane) ?? askOrigin(run, lane);
  origins.set(lane, asked);
  return asked;
}

function askOrigin(run: MigrationRun, lane: number): NonNullable<ShipDeps['origin']> {
  let known: Origin | null = null;
  let asking: Promise<Origin> | null = null;
  const ask = async (signal: AbortSignal) => {
    const connection = await openTarget(run, { shard: 'all', lane }, signal);
    try {
      const { task } = run.record;
      // Engines that share a source are numbered apart from each other: none of them shuts another out by this.
      const jobEpoch = run.job.share ? 0 : run.job.epoch;
      const { origin } = await claimTarget(connection, { task, jobEpoch, held: null });
      known = origin;
      return origin;
    } finally {
      asking = null;
      await connection.close();
    }
  };
  return async (signal) => known ?? (asking ??= ask(signal));
}

function writeDeps(run: MigrationRun, shard: ShardRun, file: string, { limiter, phases }: Shared): WriteDeps {
  const { receiver, tally } = shard;
  const { control, options, events } = run;
  const reader = readerOf(run.job.target.url);
  const onPhase = (phase: ShardRun['tally']['phase']) => {
    tally.phase = phase;
    tally.isCopying = true;
    phases.tell();
  };
  const lost = new LostReport(events.logger({ shard: shard.id }));
  const { onConflict: policy } = options;
  return { file, policy, receiver, ...rulesFor(run, shard), reader, lost, tally, control, limiter, onPhase };
}
