import { openConnection } from '@cacheferry/resp';
import { LostReport } from '../ship/lost-report.ts';
import type { ShipDeps } from '../ship/ship-deps.ts';
import { shipShard } from '../ship/ship-shard.ts';
import { Limiter } from './limiter.ts';
import type { MigrationRun } from './open-run.ts';
import { PhaseEvents } from './phase-events.ts';
import type { ShardRun } from './progress.ts';

const progressMs = 1_000;

/**
 * Ships all shards side by side, files one after the other, until every one has ended. The first that fails ends the others.
 *
 * Mode `full` and files end by themselves; mode `sync` goes on until it is stopped, and then throws `migration.stopped`.
 */
export async function shipAll(run: MigrationRun): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([run.signal, failed.signal]);
  const phases = new PhaseEvents(run);
  const limiter = new Limiter(run.control, run.deps.clock);
  const timer = setInterval(() => {
    phases.tell();
    run.progress.sample();
    run.events.append({ type: 'progress', ...run.progress.snapshot() });
  }, progressMs);
  try {
    await prepareAll(run, signal);
    const ship = async (shard: ShardRun): Promise<void> => {
      try {
        await shipShard(shipDeps(run, shard, { limiter, phases }), signal, run.deps.random);
        shard.tally.phase = 'done';
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    };
    if (run.isFileSource) for (const shard of run.shards) await ship(shard);
    else await Promise.all(run.shards.map(ship));
  } finally {
    clearInterval(timer);
    phases.tell();
  }
}

/** All of them before any is shipped: what is found wrong with one is said while the target is as it was. */
async function prepareAll({ shards, control }: MigrationRun, signal: AbortSignal): Promise<void> {
  const ends = AbortSignal.any([signal, control.stopSignal]);
  for (const { receiver } of shards) await receiver.prepare?.(ends);
}

function shipDeps(run: MigrationRun, shard: ShardRun, shared: { limiter: Limiter; phases: PhaseEvents }): ShipDeps {
  const { job, options, rules, record, control, errors, events, deps } = run;
  const { id, receiver, tally } = shard;
  return {
    shard: id,
    task: record.task,
    jobEpoch: job.epoch,
    mode: shard.mode,
    isReplay: run.isFileSource,
    options,
    rules,
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
      run.isFileSource ? replicationId === receiver.status().replicationId : record.isSameMode,
    hasHistory: () => record.hasWritten,
    openTarget: (signal) => openTarget(run, signal),
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
    onCommit: () => record.set('written'),
  };
}

/** Connects to the one shard of a standalone target. */
async function openTarget(run: MigrationRun, signal: AbortSignal) {
  const [shard] = run.target.shards;
  if (!shard) throw new Error('a target has at least one shard');
  const address = await shard.locate(signal);
  const until = address.until ? AbortSignal.any([signal, address.until]) : signal;
  return openConnection({ ...address, db: 0, name: `ferry:${run.record.task}`, signal: until });
}
