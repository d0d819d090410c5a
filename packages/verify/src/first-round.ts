import { FerryError } from '@cacheferry/kernel';
import type { MigrationRules } from '@cacheferry/engine';
import type { CheckProgress } from './check-progress.ts';
import type { CheckDeps, CheckInput, Depth } from './check-types.ts';
import type { BatchComparer, NoteSuspect } from './compare-batch.ts';
import { FullComparer } from './compare-full.ts';
import { LengthComparer } from './compare-length.ts';
import { PresenceComparer } from './compare-presence.ts';
import type { TtlRule } from './expiry.ts';
import { Pace } from './pace.ts';
import { QuietPair } from './quiet-pair.ts';
import { sampleTest } from './sample.ts';
import { CheckScope, type DatabaseOfTarget } from './scope/check-scope.ts';
import { OriginPresence } from './scope/origin-presence.ts';
import { type DatabaseSize, databasesOf, selectDatabase, type Side, usedMemoryOf } from './side.ts';
import type { Slot } from './slot.ts';
import { type KeyTest, type Scanned, walkKeys } from './walk-keys.ts';

const mostWalks = 5;

export type RoundContext = {
  source: Side;
  target: Side;
  input: CheckInput;
  deps: CheckDeps;
  progress: CheckProgress;
  rules: MigrationRules | null;
  depth: Depth;
  ttl: TtlRule;
  /** What the last look at each big key found, by database and key: texts of its differences. */
  bigLooks: Map<string, Set<string>>;
  /** How much of the source the target contained a while ago, by the checkpoint of a migration; −1 without one. */
  appliedBefore: number;
};

type Sizes = ReadonlyMap<number, DatabaseSize>;

/**
 * The bulk of a check: every key of the source against the target, then every key of the target against the source.
 * What differs is a suspect only: a write may have been in flight.
 */
export async function firstRound(context: RoundContext, suspect: NoteSuspect): Promise<void> {
  const { source, target, progress, input } = context;
  const [onSource, onTarget] = await Promise.all([databasesOf(source.scan), databasesOf(target.scan)]);
  const { rules, deps } = context;
  if (rules !== null) {
    const scope = new CheckScope(rules, source, () => deps.clock.now() + source.clockOffsetMs);
    return firstRoundInScope(context, scope, { onSource, onTarget, suspect });
  }
  const databases = databasesToCheck(input, onSource, onTarget);
  const wanted = /^sample:(\d+)$/.exec(input.options.mode)?.[1];
  const total = sum(onSource, databases);
  const most = Math.max(total, sum(onTarget, databases));
  const isWanted = wantedTest(input, most);
  progress.begin('comparing', 1, Math.min(total, Number(wanted ?? total)));
  const quiet = await QuietPair.begin(source, target);
  const pass = new Pass(context, { forward: isWanted, backward: isWanted }, suspect);
  for (const db of databases) await pass.forward({ source: db, target: db }, onSource.get(db), onTarget.get(db));
  // Of a sample, other keys than those that were compared may make up the counts.
  const isProven = wanted === undefined && pass.suspects === 0;
  if (isProven && (await quiet.provesNoExtras(pass.scanned, databases))) return;
  progress.begin('looking_for_extra_keys', 1, sum(onTarget, databases));
  for (const db of databases) await pass.backward({ target: db, sources: [db] }, onTarget.get(db));
}

type Found = { onSource: Sizes; onTarget: Sizes; suspect: NoteSuspect };

/** The same under rules: what is not in scope is passed over, and keys of the target are looked for where they came from. */
async function firstRoundInScope(context: RoundContext, scope: CheckScope, found: Found): Promise<void> {
  const { progress, input } = context;
  const { onSource, onTarget, suspect } = found;
  const used = scope.ofSource(onSource.keys());
  const origins = scope.ofTarget(onTarget.keys(), new Set(used));
  const targets = origins.map(({ target }) => target);
  const isWanted = wantedTest(input, Math.max(sum(onSource, used), sum(onTarget, targets)));
  const tests = { forward: scope.onSource(isWanted), backward: scope.onTarget(isWanted) };
  progress.begin('comparing', 1, sum(onSource, used));
  const pass = new Pass(context, tests, suspect, scope);
  for (const db of used) {
    const target = scope.rules.mapDb(db);
    await pass.forward({ source: db, target }, onSource.get(db), onTarget.get(target));
  }
  progress.begin('looking_for_extra_keys', 1, sum(onTarget, targets));
  for (const origin of origins) await pass.backward(origin, onTarget.get(origin.target));
}

/** Whether a key belongs to the sample, by its name on the source. */
function wantedTest({ options }: CheckInput, most: number): KeyTest {
  const wanted = /^sample:(\d+)$/.exec(options.mode)?.[1];
  return wanted === undefined ? () => true : sampleTest(Number(wanted), most);
}

const sum = (sizes: Sizes, databases: readonly number[]): number =>
  databases.reduce((total, db) => total + (sizes.get(db)?.keys ?? 0), 0);

/** An address that names a database other than 0 narrows the check to it. */
function databasesToCheck({ source, target }: CheckInput, onSource: Sizes, onTarget: Sizes): number[] {
  const named = ('db' in source && source.db) || ('db' in target && target.db);
  if (named) return [named];
  return [...new Set([...onSource.keys(), ...onTarget.keys()])].sort((a, b) => a - b);
}

class Pass {
  readonly scanned: Scanned = { keys: 0, bookkeeping: 0 };
  suspects = 0;
  /** The database of the source that is being compared. */
  #db = 0;
  readonly #context: RoundContext;
  readonly #isWanted: { forward: KeyTest; backward: KeyTest };
  readonly #scope: CheckScope | null;
  readonly #note: NoteSuspect;
  readonly #pace: Pace;

  constructor(
    context: RoundContext,
    isWanted: { forward: KeyTest; backward: KeyTest },
    suspect: NoteSuspect,
    scope: CheckScope | null = null,
  ) {
    this.#context = context;
    this.#scope = scope;
    this.#isWanted = isWanted;
    this.#pace = new Pace(context.deps.clock, context.input.options.rateKeys);
    this.#note = (found) => {
      this.suspects++;
      suspect(found);
    };
  }

  /** Every key of the source against the target. */
  async forward(
    of: { source: number; target: number },
    onSource?: DatabaseSize,
    onTarget?: DatabaseSize,
  ): Promise<void> {
    const { source, target, depth, progress } = this.#context;
    const { source: db } = of;
    await this.#select(of);
    const hasExpiries = (onSource?.expires ?? 0) + (onTarget?.expires ?? 0) > 0;
    const count = (keys: number) => {
      progress.keysCompared += keys;
    };
    const { keys, bookkeeping } = await this.#walk(source, onSource, this.#comparer(db, hasExpiries), count);
    this.scanned.keys += keys;
    this.scanned.bookkeeping += bookkeeping;
    if (hasExpiries || depth !== 'value') return;
    // Expiries were not looked at, because there were none: there may be by now.
    const [now, later] = await Promise.all([databasesOf(source.scan), databasesOf(target.scan)]);
    const expires = (now.get(db)?.expires ?? 0) + (later.get(of.target)?.expires ?? 0);
    if (expires > 0) await this.#walk(source, onSource, this.#comparer(db, true));
  }

  /** Every key of the target: whether the source has it. */
  async backward({ target: db, sources }: DatabaseOfTarget, onTarget?: DatabaseSize): Promise<void> {
    const { source, target, rules, progress, deps } = this.#context;
    await this.#select({ source: sources[0] ?? db, target: db });
    const note: NoteSuspect = (suspect) => {
      progress.keysCompared++;
      this.#note(suspect);
    };
    const nowMs = () => deps.clock.now() + source.clockOffsetMs;
    const comparer = rules
      ? new OriginPresence(source, { rules, databases: sources, nowMs }, note)
      : new PresenceComparer(source, db, note);
    await this.#walk(target, onTarget, comparer);
  }

  #comparer(db: number, hasExpiries: boolean): BatchComparer {
    const { source, target, depth, ttl, deps } = this.#context;
    if (depth === 'exists') return new PresenceComparer(target, db, this.#note);
    if (depth === 'length') return new LengthComparer({ source, target }, db, this.#note);
    const now = () => deps.clock.now();
    return new FullComparer({ source, target, db, ttl, hasExpiries, now, note: this.#note });
  }

  async #select(of: { source: number; target: number }): Promise<void> {
    const { source, target } = this.#context;
    this.#db = of.source;
    const both = [source, target].flatMap(({ role, scan, read }) =>
      [scan, read].map((one) => selectDatabase(one, of[role])),
    );
    await Promise.all(both);
  }

  /** A key that moves between two servers of a cluster may be seen on neither: then all are gone through again. */
  async #walk(
    side: Side,
    size: DatabaseSize | undefined,
    comparer: BatchComparer,
    count: (keys: number) => void = () => {},
  ): Promise<Scanned> {
    for (let walk = 1; ; walk++) {
      const before = await side.layout?.();
      let counted = 0;
      const scanned = await this.#walkOnce(side, size, comparer, (keys) => {
        counted += keys;
        count(keys);
      });
      if (before === (await side.layout?.())) return scanned;
      count(-counted);
      if (walk === mostWalks) throw new FerryError('cluster.slots_moving', { endpoint: side.endpoint });
      this.#context.deps.log.warn('Slots moved while keys were looked at: looking at all again', { side: side.role });
    }
  }

  async #walkOnce(
    side: Side,
    size: DatabaseSize | undefined,
    comparer: BatchComparer,
    count: (keys: number) => void,
  ): Promise<Scanned> {
    const { progress, input } = this.#context;
    const onCompared = (keys: number) => {
      count(keys);
      progress.count(keys);
    };
    const { signal } = input;
    const isForward = side.role === 'source';
    const isWanted = isForward ? this.#isWanted.forward : this.#isWanted.backward;
    const scope = this.#scope;
    const prepare = isForward && scope ? (slot: Slot) => scope.prepare(slot, this.#db) : null;
    const table = { expectedKeys: size?.keys ?? 0, usedMemory: await usedMemoryOf(side.scan) };
    return walkKeys({ side, size: table, comparer, isWanted, prepare, pace: this.#pace, signal, onCompared });
  }
}
