import {
  isNotYetHeard,
  isUnheard,
  type RunState,
  type ShardPhase,
  type ShardProgress,
  type Snapshot,
} from '@cacheferry/contract';
import type { Clock, ErrorCode } from '@cacheferry/kernel';
import type { RunControl } from '../control/run-control.ts';
import type { Receiver } from '../recv/receiver.ts';
import type { SourceShard } from './open-source.ts';
import type { ErrorTally, ShardTally } from './tally.ts';

/** One shard of a run, as far as its progress is concerned. */
export type ShardRun = SourceShard & { tally: ShardTally };
type ShownShard = Pick<ShardRun, 'id' | 'tally'> & { receiver: Pick<Receiver, 'status' | 'receivedAtOf'> };

export type ProgressDeps = {
  clock: Clock;
  control: Pick<RunControl, 'isPaused' | 'rates'>;
  errors: ErrorTally;
  shards: readonly ShownShard[];
  rssBytes: () => number;
};

type Rates = { keysPerSecond: number; bytesPerSecond: number };
const strayCode: ErrorCode = 'twemproxy.stray_key';
const windowMs = 5_000;

/** Shows how far a run is: what the target acknowledged, and how far that is behind the source. */
export class Progress {
  /** `stopping`, `stopped`, `completed` or `failed` once the run ends; null while it follows from the shards. */
  ending: RunState | null = null;
  readonly #deps: ProgressDeps;
  readonly #startedAt: number;
  #samples: { at: number; done: number; bytes: number }[] = [];

  constructor(deps: ProgressDeps) {
    this.#deps = deps;
    this.#startedAt = deps.clock.now();
  }

  /** Notes the present for the rates; called once a second. */
  sample(): void {
    const at = this.#deps.clock.monotonic();
    this.#samples.push({ at, done: this.#sum(doneOf), bytes: this.#sum(({ tally }) => tally.bytesOut) });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > windowMs) this.#samples.shift();
  }

  snapshot(): Snapshot {
    const { control, errors, rssBytes, clock } = this.#deps;
    const shards = this.#deps.shards.map((shard) => this.#shard(shard));
    const rates = this.#rates();
    const keysTotal = sumKnown(shards.map((shard) => shard.keysTotal));
    const keysDone = this.#sum(({ tally }) => tally.keysDone);
    const lagBytes = sumKnown(shards.map((shard) => shard.lagBytes));
    const strays = this.#sum(({ tally }) => tally.strays);
    const lags = shards.flatMap((shard) => (shard.lagMs === null ? [] : [shard.lagMs]));
    return {
      state: this.state(),
      phase: slowest(shards.map((shard) => shard.phase)),
      shards,
      keysDone,
      keysTotal,
      keysSkipped: this.#sum(({ tally }) => tally.keysSkipped),
      commandsDone: this.#sum(({ tally }) => tally.commandsDone),
      bytesIn: this.#sum(({ receiver }) => receiver.status().bytesIn),
      bytesOut: this.#sum(({ tally }) => tally.bytesOut),
      ...rates,
      etaSeconds: etaOf({ keysTotal, keysDone, lagBytes }, rates),
      lagBytes,
      lagMs: lags.length === 0 || shards.some(({ phase }) => isUnheard(phase)) ? null : Math.max(...lags),
      errors: { ...(errors.counts as Record<string, number>), ...(strays > 0 ? { [strayCode]: strays } : {}) },
      lost: this.lost(),
      unforwarded: { publish: this.#sum(({ tally }) => tally.messages) },
      spoolBytes: this.#sum(({ receiver }) => receiver.status().spoolBytes),
      ...control.rates,
      rssBytes: rssBytes(),
      startedAt: new Date(this.#startedAt).toISOString(),
      updatedAt: new Date(clock.now()).toISOString(),
    };
  }

  /** Elements that did not arrive, by class. */
  lost(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { tally } of this.#deps.shards)
      for (const [name, count] of Object.entries(tally.lost)) sums[name] = (sums[name] ?? 0) + count;
    return sums;
  }

  /** The state of the whole run, as its slowest shard has it. */
  state(): RunState {
    if (this.ending) return this.ending;
    const phases = this.#deps.shards.map((shard) => phaseOf(shard));
    const isCopying = this.#deps.shards.some(({ tally }) => tally.isCopying);
    if (phases.some((phase) => phase === 'connecting' || phase === 'handshake')) return 'starting';
    if (this.#deps.control.isPaused) return 'paused';
    return isCopying || phases.includes('waiting_snapshot') ? 'full_sync' : 'incremental_sync';
  }

  #shard(shard: ShownShard): ShardProgress {
    const { id, receiver, tally } = shard;
    const status = receiver.status();
    const lag = isUnheard(status.phase) ? { lagBytes: null, lagMs: null } : this.#lag(shard, status.receivedOffset);
    return {
      id,
      source: status.source,
      phase: this.#deps.control.isPaused ? 'paused' : phaseOf(shard),
      bytesTotal: status.rdbBytesTotal,
      bytesDone: tally.rdbBytesDone,
      keysTotal: tally.keysTotal,
      keysDone: tally.keysDone,
      offset: tally.offset,
      sourceOffset: status.receivedOffset,
      ...lag,
    };
  }

  /** Heartbeats need nothing done: what is read and holds no data counts as done. */
  #lag({ receiver, tally }: ShownShard, receivedOffset: number | null): Pick<ShardProgress, 'lagBytes' | 'lagMs'> {
    const contained = tally.containedOffset;
    if (receivedOffset === null || contained === null) return { lagBytes: null, lagMs: null };
    const lagBytes = Math.max(0, receivedOffset - contained);
    const since = lagBytes > 0 ? receiver.receivedAtOf(contained) : null;
    return { lagBytes, lagMs: since === null ? 0 : Math.max(0, Math.round(this.#deps.clock.now() - since)) };
  }

  #rates(): Rates {
    const first = this.#samples[0];
    if (!first) return { keysPerSecond: 0, bytesPerSecond: 0 };
    const seconds = (this.#deps.clock.monotonic() - first.at) / 1000;
    const perSecond = (now: number, then: number) =>
      seconds < 0.2 ? 0 : Math.max(0, Math.round((now - then) / seconds));
    return {
      keysPerSecond: perSecond(this.#sum(doneOf), first.done),
      bytesPerSecond: perSecond(
        this.#sum(({ tally }) => tally.bytesOut),
        first.bytes,
      ),
    };
  }

  #sum(count: (shard: ShownShard) => number): number {
    return this.#deps.shards.reduce((sum, shard) => sum + count(shard), 0);
  }
}

/** Keys in the full sync, commands behind it. */
const doneOf = ({ tally }: ShownShard): number =>
  tally.isCopying ? tally.keysDone : tally.keysDone + tally.commandsDone;

/** Where a shard is: what it ships, or what it waits for as long as it has nothing to ship. */
function phaseOf({ receiver, tally }: ShownShard): ShardPhase {
  const receiving = receiver.status().phase;
  if (tally.phase === 'done' || tally.phase === 'failed') return tally.phase;
  if (receiving === 'reconnecting' || receiving === 'failed') return receiving;
  // Of a run that goes on all is in that was received, but nobody knows yet what the source has written since.
  if (tally.phase === 'incremental_sync' && isNotYetHeard(receiving)) return 'catching_up';
  if (tally.phase !== 'connecting') return tally.phase;
  return receiving === 'full_sync' ? 'full_sync' : receiving === 'incremental_sync' ? 'catching_up' : receiving;
}

const order: readonly ShardPhase[] = [
  'failed',
  'connecting',
  'handshake',
  'reconnecting',
  'waiting_snapshot',
  'full_sync',
  'catching_up',
  'paused',
  'incremental_sync',
  'done',
];
const slowest = (phases: readonly ShardPhase[]): ShardPhase =>
  order.find((phase) => phases.includes(phase)) ?? 'connecting';

/** null when one is unknown. */
function sumKnown(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

function etaOf(
  { keysTotal, keysDone, lagBytes }: { keysTotal: number | null; keysDone: number; lagBytes: number | null },
  { keysPerSecond, bytesPerSecond }: Rates,
): number | null {
  if (lagBytes !== null) return lagBytes === 0 ? 0 : bytesPerSecond > 0 ? Math.ceil(lagBytes / bytesPerSecond) : null;
  if (keysTotal === null || keysPerSecond === 0) return null;
  return Math.ceil(Math.max(0, keysTotal - keysDone) / keysPerSecond);
}
