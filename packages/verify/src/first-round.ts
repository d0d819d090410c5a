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
import { type DatabaseSize, databasesOf, type Side } from './side.ts';
import { type KeyTest, walkKeys } from './walk-keys.ts';

export type RoundContext = {
  source: Side;
  target: Side;
  input: CheckInput;
  deps: CheckDeps;
  progress: CheckProgress;
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
  const databases = databasesToCheck(input, onSource, onTarget);
  const wanted = /^sample:(\d+)$/.exec(input.options.mode)?.[1];
  const total = sum(onSource, databases);
  const most = Math.max(total, sum(onTarget, databases));
  const isWanted: KeyTest = wanted === undefined ? () => true : sampleTest(Number(wanted), most);
  progress.begin('comparing', 1, Math.min(total, Number(wanted ?? total)));
  const quiet = await QuietPair.begin(source, target);
  const pass = new Pass(context, isWanted, suspect);
  for (const db of databases) await pass.forward(db, onSource.get(db), onTarget.get(db));
  if (pass.suspects === 0 && (await quiet.provesNoExtras(pass.scanned, databases))) return;
  progress.begin('looking_for_extra_keys', 1, sum(onTarget, databases));
  for (const db of databases) await pass.backward(db, onTarget.get(db));
}

const sum = (sizes: Sizes, databases: readonly number[]): number =>
  databases.reduce((total, db) => total + (sizes.get(db)?.keys ?? 0), 0);

/** An address that names a database other than 0 narrows the check to it. */
function databasesToCheck({ source, target }: CheckInput, onSource: Sizes, onTarget: Sizes): number[] {
  const named = source.db || target.db;
  if (named) return [named];
  return [...new Set([...onSource.keys(), ...onTarget.keys()])].sort((a, b) => a - b);
}

class Pass {
  scanned = 0;
  suspects = 0;
  readonly #context: RoundContext;
  readonly #isWanted: KeyTest;
  readonly #note: NoteSuspect;
  readonly #pace: Pace;

  constructor(context: RoundContext, isWanted: KeyTest, suspect: NoteSuspect) {
    this.#context = context;
    this.#isWanted = isWanted;
    this.#pace = new Pace(context.deps.clock, context.input.options.rateKeys);
    this.#note = (found) => {
      this.suspects++;
      suspect(found);
    };
  }

  /** Every key of the source against the target. */
  async forward(db: number, onSource?: DatabaseSize, onTarget?: DatabaseSize): Promise<void> {
    const { source, target, depth, progress } = this.#context;
    await this.#select(db);
    const hasExpiries = (onSource?.expires ?? 0) + (onTarget?.expires ?? 0) > 0;
    const count = (keys: number) => {
      progress.keysCompared += keys;
    };
    this.scanned += await this.#walk(source, onSource, this.#comparer(db, hasExpiries), count);
    if (hasExpiries || depth !== 'value') return;
    // Expiries were not looked at, because there were none: there may be by now.
    const [now, later] = await Promise.all([databasesOf(source.scan), databasesOf(target.scan)]);
    const expires = (now.get(db)?.expires ?? 0) + (later.get(db)?.expires ?? 0);
    if (expires > 0) await this.#walk(source, onSource, this.#comparer(db, true));
  }

  /** Every key of the target: whether the source has it. */
  async backward(db: number, onTarget?: DatabaseSize): Promise<void> {
    const { source, target, progress } = this.#context;
    await this.#select(db);
    const note: NoteSuspect = (suspect) => {
      progress.keysCompared++;
      this.#note(suspect);
    };
    await this.#walk(target, onTarget, new PresenceComparer(source, db, note));
  }

  #comparer(db: number, hasExpiries: boolean): BatchComparer {
    const { source, target, depth, ttl, deps } = this.#context;
    if (depth === 'exists') return new PresenceComparer(target, db, this.#note);
    if (depth === 'length') return new LengthComparer({ source, target }, db, this.#note);
    const now = () => deps.clock.now();
    return new FullComparer({ source, target, db, ttl, hasExpiries, now, note: this.#note });
  }

  async #select(db: number): Promise<void> {
    const { source, target } = this.#context;
    const connections = [source.scan, source.read, target.scan, target.read];
    await Promise.all(connections.map((connection) => connection.call('SELECT', db)));
  }

  #walk(
    side: Side,
    size: DatabaseSize | undefined,
    comparer: BatchComparer,
    count: (keys: number) => void = () => {},
  ): Promise<number> {
    const { progress, input } = this.#context;
    const onCompared = (keys: number) => {
      count(keys);
      progress.count(keys);
    };
    const { signal } = input;
    const isWanted = this.#isWanted;
    return walkKeys({ side, expectedKeys: size?.keys ?? 0, comparer, isWanted, pace: this.#pace, signal, onCompared });
  }
}
