import { FerryError, toFerryError } from '@cacheferry/kernel';
import type { Connection } from '@cacheferry/resp';
import type { ClusterLink } from '../route/cluster-link.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import { probeTypes } from '../write/probe-types.ts';
import { openTargetSession, type TargetSession } from '../write/target-session.ts';
import { followsValues } from './follows-values.ts';
import { KeyRepair, watchesKeys } from './key-repair.ts';
import type { Refusals } from './refusals.ts';
import { mayPass, RetryPause } from './retry.ts';
import type { ShipDeps } from './ship-deps.ts';
import { ShardMemory } from './shard-memory.ts';
import { Shipment } from './shipment.ts';
import { lostHistory } from './source-history.ts';

/**
 * Ships one shard: claims the target, starts the receiver where the checkpoint there says, and goes on until the end.
 *
 * Every trouble that may pass ends an attempt only: the next one connects anew, reads the checkpoint and goes on from
 * there, so that a batch whose reply was lost is neither missed nor run twice.
 * Throws what is final, and `migration.stopped` when asked to stop (what was sent is in then).
 */
export async function shipShard(deps: ShipDeps, signal: AbortSignal, random: () => number): Promise<void> {
  const memory = new ShardMemory(deps.receiver, deps.keysDir, deps.clock.monotonic());
  const pause = new RetryPause(deps.clock, random);
  const watched: ShipDeps = {
    ...deps,
    onCommit: () => {
      pause.reset();
      deps.onCommit();
    },
  };
  for (;;) {
    try {
      return await attemptOnce(watched, memory, signal);
    } catch (thrown) {
      const error = toFerryError(thrown);
      deps.control.stopSignal.throwIfAborted();
      signal.throwIfAborted();
      if (memory.epoch === null && !deps.isResumed) throw error;
      if (!mayPass(error, memory.epoch !== null)) throw error;
      deps.onTrouble(error);
      await pause.after(error, AbortSignal.any([signal, deps.control.stopSignal]));
    }
  }
}

async function attemptOnce(deps: ShipDeps, memory: ShardMemory, signal: AbortSignal): Promise<void> {
  const controller = new AbortController();
  const ends = AbortSignal.any([signal, deps.control.stopSignal, controller.signal]);
  const connection = await deps.openTarget(signal);
  try {
    const session = await claim(deps, memory, { connection, signal });
    if (followsValues(deps) && session.claim.origin === 'filled')
      throw new FerryError('filter.target_filled', { endpoint: connection.endpoint });
    const known = session.claim.checkpoints.get(deps.shard) ?? null;
    if (!known && deps.hasHistory()) throw lostHistory(connection.endpoint);
    const isCopied = known?.phase === 'stream' && deps.mode === 'full';
    if (isCopied && (deps.isSameRun(known) || memory.history.isOwn(known))) return;
    if (!memory.refusals.isProbed) await probe(deps, memory.refusals, session);
    const isFirst = !known && session.claim.origin === 'filled' && !memory.prior.isKnown;
    if (isFirst) await memory.prior.note(connection, ends);
    await shipFrom(deps, memory, { session, known, isCopied, ends, controller });
  } finally {
    await connection.close();
  }
}

async function claim(
  { task, shard, jobEpoch, clock, ...deps }: ShipDeps,
  memory: ShardMemory,
  { connection, signal }: { connection: Connection | ClusterLink; signal: AbortSignal },
): Promise<TargetSession> {
  const origin = await deps.origin?.(signal);
  const options = { task, shard, jobEpoch, held: memory.epoch, ...(origin ? { origin } : {}) };
  const session = await openTargetSession(connection, clock, options);
  memory.epoch = session.claim.epoch;
  return session;
}

type Beginning = {
  session: TargetSession;
  known: Checkpoint | null;
  isCopied: boolean;
  ends: AbortSignal;
  controller: AbortController;
};

/** Ships from where the checkpoint is, or, when its copy is complete and to be taken anew, from a new full sync. */
async function shipFrom(deps: ShipDeps, memory: ShardMemory, begin: Beginning): Promise<void> {
  const { session, known, isCopied, ends, controller } = begin;
  const repair = await openRepair(deps, memory, session);
  const from = known && whereSeen(deps, known);
  const { damage } = memory;
  if (damage?.isFetched === false && from?.phase === 'stream') {
    damage.isFetched = true;
    deps.receiver.refetch({ phase: 'stream', at: from.seenAt });
  }
  const reader = await memory.history.openReader(isCopied ? null : from);
  try {
    const start = { memory, repair, known: from, ...(await sentBefore(session, repair, from)) };
    await ship(new Shipment(deps, session, reader, { ...start, signal: ends, controller }), deps);
  } finally {
    await reader.close();
    await repair.close();
  }
}

/** Takes up what an earlier attempt left to be mended; a full sync leaves nothing. */
async function openRepair(deps: ShipDeps, memory: ShardMemory, session: TargetSession): Promise<KeyRepair> {
  const repair = new KeyRepair(deps, memory, session);
  const known = session.claim.checkpoints.get(deps.shard);
  repair.doubts.place = (known?.at ?? 1) - 1;
  if (known?.phase === 'stream') await repair.recall(session);
  return repair;
}

/**
 * The last batch is looked at again, unless no doubt that it raises could be settled, or what it changed is recorded
 * together with it.
 */
function whereSeen(deps: ShipDeps, known: Checkpoint): Checkpoint {
  const isLooked = watchesKeys(deps) && !followsValues(deps);
  return isLooked || known.phase !== 'stream' ? known : { ...known, seenAt: known.at, seenDb: known.db };
}

/** What of the stream may be on the target behind the checkpoint, and up to where it is to be looked at again. */
async function sentBefore(
  { state }: TargetSession,
  repair: KeyRepair,
  known: Checkpoint | null,
): Promise<{ sentUntil: number; reviewUntil: number }> {
  if (known?.phase !== 'stream') return { sentUntil: 0, reviewUntil: 0 };
  if (!state) return { sentUntil: known.at, reviewUntil: known.at };
  const reviewUntil = await repair.reviewUntil(state.sentUntil);
  return { sentUntil: reviewUntil || state.sentUntil, reviewUntil };
}

async function ship(shipment: Shipment, { control }: ShipDeps): Promise<void> {
  try {
    await shipment.run();
  } catch (error) {
    if (control.stopSignal.aborted) await settleBeforeStop(shipment);
    throw error;
  }
}

/** Learns which types the target does not read before any is sent. */
async function probe({ task }: ShipDeps, refusals: Refusals, { connection, profile }: TargetSession): Promise<void> {
  for (const type of await probeTypes(connection, profile, `cf:probe:${task}`)) refusals.types.add(type);
  refusals.isProbed = true;
}

async function settleBeforeStop(shipment: Shipment): Promise<void> {
  try {
    await shipment.settle();
  } catch (error) {
    // What is not in is read again when the run goes on: the checkpoint says up to where it is.
    if (!(error instanceof Error)) throw error;
  }
}
