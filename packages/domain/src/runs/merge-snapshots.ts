import { isUnheard, type ShardProgress, type Snapshot } from '@cacheferry/contract';
import type { StoredRun } from '../store/runs.ts';
import { isSpare, stateOfShares } from './shares.ts';

type Told = Pick<StoredRun, 'machineId' | 'phase' | 'outcome' | 'isLost' | 'reported' | 'snapshot'>;
type Count = 'keysDone' | 'keysSkipped' | 'bytesIn' | 'bytesOut' | 'spoolBytes';

/** What the engines of one migration told last, as one snapshot; null before the first has told anything. */
export function mergeSnapshots(runs: readonly Told[]): Snapshot | null {
  const told = runs.filter((run) => !isSpare(run)).flatMap(({ snapshot }) => (snapshot ? [snapshot] : []));
  const [first] = told;
  if (!first) return null;
  const sum = (name: Count | 'rssBytes') => told.reduce((total, one) => total + one[name], 0);
  const atWork = runs.filter(({ phase }) => phase !== 'ended').flatMap(({ snapshot }) => snapshot ?? []);
  const pace = (name: 'keysPerSecond' | 'bytesPerSecond') => atWork.reduce((total, one) => total + one[name], 0);
  const isWhole = runs.every((run) => run.snapshot !== null);
  const known = (values: readonly (number | null)[]) =>
    isWhole && values.every((value) => value !== null) ? (values as number[]) : null;
  const totalOf = (name: 'keysTotal' | 'lagBytes') => {
    const values = known(told.map((one) => one[name]));
    return values && values.reduce((total, value) => total + value, 0);
  };
  const lags = told.flatMap(({ lagMs }) => (lagMs === null ? [] : [lagMs]));
  const isHeard = isWhole && !told.some(({ shards }) => shards.some(({ phase }) => isUnheard(phase)));
  const etas = known(told.map(({ etaSeconds }) => etaSeconds));
  const times = (name: 'startedAt' | 'updatedAt') => told.map((one) => one[name]).sort();
  const limit = (name: 'rateKeys' | 'rateBytes') =>
    told.some((one) => one[name] === 0) ? 0 : told.reduce((total, one) => total + one[name], 0);
  return {
    state: stateOfShares(runs) ?? 'completed',
    phase: slowest(told),
    shards: shardsOf(runs),
    keysDone: sum('keysDone'),
    keysTotal: totalOf('keysTotal'),
    keysSkipped: sum('keysSkipped'),
    commandsDone: told.reduce((total, { commandsDone }) => total + (commandsDone ?? 0), 0),
    bytesIn: sum('bytesIn'),
    bytesOut: sum('bytesOut'),
    keysPerSecond: pace('keysPerSecond'),
    bytesPerSecond: pace('bytesPerSecond'),
    etaSeconds: etas && Math.max(...etas),
    lagBytes: totalOf('lagBytes'),
    lagMs: lags.length === 0 || !isHeard ? null : Math.max(...lags),
    errors: addUp(told.map(({ errors }) => errors)),
    lost: addUp(told.map(({ lost }) => lost)),
    unforwarded: addUp(told.map(({ unforwarded }) => unforwarded ?? {})),
    spoolBytes: sum('spoolBytes'),
    rateKeys: limit('rateKeys'),
    rateBytes: limit('rateBytes'),
    rssBytes: sum('rssBytes'),
    startedAt: times('startedAt')[0] ?? first.startedAt,
    updatedAt: times('updatedAt').at(-1) ?? first.updatedAt,
  };
}

/** Each shard once, with the machine that has it. Those of an engine that is gone for good are not followed any more. */
function shardsOf(runs: readonly Told[]): ShardProgress[] {
  const shards = new Map<string, ShardProgress>();
  for (const { machineId, snapshot, phase, outcome } of runs) {
    const isGone = phase === 'ended' && outcome !== 'completed';
    for (const shard of snapshot?.shards ?? []) {
      // An engine that ended before it knew its share names all shards of the source.
      if (isGone && shard.offset === null && shard.bytesDone === 0) continue;
      const told = isGone && outcome !== 'stopped' ? ({ ...shard, phase: 'failed' } as const) : shard;
      if (!shards.has(shard.id) || !isGone) shards.set(shard.id, { ...told, machineId });
    }
  }
  return [...shards.values()];
}

const order = ['failed', 'connecting', 'handshake', 'reconnecting', 'waiting_snapshot', 'full_sync', 'catching_up'];
const slowest = (told: readonly Snapshot[]): string =>
  order.find((phase) => told.some((one) => one.phase === phase)) ?? told[0]?.phase ?? '';

function addUp(counts: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of counts) for (const [name, count] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
