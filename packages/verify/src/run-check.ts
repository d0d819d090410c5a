import path from 'node:path';
import type { CheckResult, Conflict, RepairResult } from '@cacheferry/contract';
import { type Applied, appliedFrom, checkpointCommand, placeFrom } from './applied-offset.ts';
import { CheckProgress } from './check-progress.ts';
import type { CheckDeps, CheckEnd, CheckInput, Judgement, Suspect } from './check-types.ts';
import { lackingLibraries } from './compare-libraries.ts';
import { conflictRecords } from './conflict-record.ts';
import { firstRound, type RoundContext } from './first-round.ts';
import { laterRound } from './later-rounds.ts';
import { Repairer } from './repair.ts';
import { movedExpiry } from './scope/moved-expiry.ts';
import { infoOf, openSide, type Side } from './side.ts';
import { SuspectList } from './suspect-list.ts';

/**
 * Compares two servers, in both directions and in rounds.
 *
 * `consistent` only when every key in scope was compared and nothing lasting differed; `partial` when it was stopped or
 * some key never stood still. Throws `endpoint.*` when a side is lost: then there is no verdict at all.
 */
export async function runCheck(input: CheckInput, deps: CheckDeps): Promise<CheckEnd> {
  const sides = await openSides(input, deps);
  const progress = new CheckProgress(deps.clock, input.options.rounds, (snapshot) => deps.onProgress(snapshot));
  const check = new Check(input, deps, sides, progress);
  try {
    return await check.run();
  } catch (error) {
    if (!input.signal.aborted) throw error;
    return check.stopped();
  } finally {
    await Promise.all([sides.source.close(), sides.target.close()]);
  }
}

type Sides = { source: Side; target: Side };

async function openSides(input: CheckInput, deps: CheckDeps): Promise<Sides> {
  const opening = { clock: deps.clock, signal: input.signal };
  const source = await openSide('source', input.source, opening);
  try {
    return { source, target: await openSide('target', input.target, opening) };
  } catch (error) {
    await source.close();
    throw error;
  }
}

class Check {
  readonly #input: CheckInput;
  readonly #deps: CheckDeps;
  readonly #sides: Sides;
  readonly #progress: CheckProgress;
  readonly #context: RoundContext;
  readonly #repair: RepairResult | null;
  #listed = 0;
  #unjudged = 0;
  #untold = 0;

  constructor(input: CheckInput, deps: CheckDeps, sides: Sides, progress: CheckProgress) {
    this.#input = input;
    this.#deps = deps;
    this.#sides = sides;
    this.#progress = progress;
    const isExact = sides.source.hasExactTtl && sides.target.hasExactTtl;
    const toleranceMs = isExact ? input.options.ttlToleranceMs : Math.max(input.options.ttlToleranceMs, 1000);
    const { mode } = input.options;
    const depth = mode === 'keys' ? 'exists' : mode === 'length' ? 'length' : 'value';
    const isRepair = input.options.repair && depth === 'value';
    this.#repair = isRepair ? { keysFound: 0, keysRepaired: 0, classes: {} } : null;
    this.#context = {
      ...sides,
      input,
      deps,
      progress,
      depth,
      rules: input.rules,
      ttl: { toleranceMs, moved: movedExpiry(input.rules, deps.clock) },
      bigLooks: new Map(),
      appliedBefore: -1,
    };
  }

  async run(): Promise<CheckEnd> {
    const { log } = this.#deps;
    let suspects = this.#newList('suspects-1');
    try {
      await firstRound(this.#context, (suspect) => suspects.add(suspect));
      log.info('Compared every key once', { keys: this.#progress.keysCompared, suspects: suspects.size });
      // The last look needs one before it to compare with, so there are two even where one round was asked for.
      const last = Math.max(3, this.#input.options.rounds);
      for (let round = 2; round < last && suspects.size > 0; round++) {
        await this.#pause(round);
        const next = this.#newList(`suspects-${round}`);
        await laterRound(this.#context, round, suspects, (suspect, judgement) => {
          if (judgement.verdict === 'untold') this.#untold++;
          else if (judgement.verdict !== 'equal') next.add({ ...suspect, fingerprint: judgement.fingerprint });
        });
        suspects.remove();
        suspects = next;
        log.info('Looked at what differed again', { round, left: suspects.size });
      }
      if (suspects.size > 0) await this.#lastLook(last, suspects);
      await this.#nameLibraries();
    } finally {
      suspects.remove();
    }
    return { result: await this.#result(false), isStopped: false };
  }

  async #nameLibraries(): Promise<void> {
    const { depth, rules } = this.#context;
    if (depth !== 'value' || rules?.takesCommand('function', 'scripting') === false) return;
    const names = await lackingLibraries(this.#sides);
    if (names.length === 0) return;
    this.#deps.log.warn('Libraries of functions are missing on the target, or differ; no verdict depends on them', {
      libraries: names.slice(0, 20).join(', '),
    });
  }

  /** What had been seen when the check was stopped. */
  async stopped(): Promise<CheckEnd> {
    return { result: await this.#result(true), isStopped: true };
  }

  /** What still differs now is a conflict, or repaired and looked at once more. */
  async #lastLook(round: number, suspects: SuspectList): Promise<void> {
    await this.#pause(round);
    const repairer = this.#repair && new Repairer(this.#context);
    const repaired = this.#newList('repaired');
    try {
      await laterRound(this.#context, round, suspects, async (suspect, judgement) => {
        if (!this.#isLasting(suspect, judgement)) return;
        const refusal = repairer ? await repairer.repair(suspect, judgement) : 'not asked for';
        if (this.#repair) this.#repair.keysFound++;
        // The fingerprint has done its part; what was wrong takes its place.
        if (refusal === null) return repaired.add({ ...suspect, fingerprint: classesOf(judgement).join() });
        if (repairer) this.#deps.log.warn('A key could not be repaired', { db: suspect.db, reason: refusal });
        this.#conclude(round, suspect, judgement);
      });
      if (repaired.size === 0) return;
      const before = this.#listed;
      const size = repaired.size;
      await laterRound(this.#context, round, repaired, (suspect, judgement) => {
        if (judgement.verdict === 'differs') this.#conclude(round, suspect, judgement);
        else if (judgement.verdict === 'moving') this.#leaveOpen(suspect.db);
        else this.#noteRepaired(suspect.fingerprint.split(','));
      });
      this.#deps.log.info('Repaired keys on the target', { keys: size, stillDiffering: this.#listed - before });
    } finally {
      repaired.remove();
    }
  }

  #noteRepaired(classes: readonly string[]): void {
    if (!this.#repair) return;
    this.#repair.keysRepaired++;
    for (const name of classes) this.#repair.classes[name] = (this.#repair.classes[name] ?? 0) + 1;
  }

  /** Proven by offsets, or the same on both sides as at the look before. */
  #isLasting({ db, fingerprint }: Suspect, judgement: Judgement): boolean {
    if (judgement.verdict === 'equal') return false;
    if (judgement.verdict === 'untold') {
      this.#untold++;
      return false;
    }
    const isSame = judgement.isExact || judgement.fingerprint === fingerprint;
    if (judgement.verdict === 'differs' && isSame) return true;
    this.#leaveOpen(db);
    return false;
  }

  #leaveOpen(db: number): void {
    this.#unjudged++;
    this.#deps.log.warn('A key is written too often to be judged', { db });
  }

  #conclude(round: number, suspect: Suspect, judgement: Judgement): void {
    for (const conflict of conflictRecords(suspect, judgement.findings, judgement)) this.#report(conflict, round);
  }

  #report(conflict: Conflict, round: number): void {
    const { conflicts } = this.#progress;
    conflicts[conflict.class] = (conflicts[conflict.class] ?? 0) + 1;
    this.#listed++;
    const shown = Math.min(round, this.#input.options.rounds);
    if (this.#listed <= this.#input.options.maxConflicts) this.#deps.onConflict(conflict, shown);
  }

  async #pause(round: number): Promise<void> {
    const { intervalMs, rounds } = this.#input.options;
    this.#context.appliedBefore = (await this.#applied())?.offset ?? -1;
    this.#progress.phase = 'waiting';
    this.#progress.round = Math.min(round, rounds);
    this.#progress.tell(true);
    await this.#deps.clock.sleep(intervalMs, this.#input.signal);
  }

  #newList(name: string): SuspectList {
    return new SuspectList(path.join(this.#deps.workDir, name));
  }

  async #result(isStopped: boolean): Promise<CheckResult> {
    const { options, sourceName, targetName } = this.#input;
    if (this.#untold > 0)
      this.#deps.log.warn(
        'Keys are in scope by their time to live, and may not have been when they last changed: whether they are missing cannot be told',
        { keys: this.#untold },
      );
    const isPartial = isStopped || this.#unjudged + this.#untold > 0;
    const verdict = this.#listed > 0 && !isStopped ? 'inconsistent' : isPartial ? 'partial' : 'consistent';
    this.#progress.state = isStopped ? 'stopped' : verdict === 'partial' ? 'failed' : verdict;
    this.#progress.phase = 'done';
    this.#progress.tell(true);
    return {
      verdict,
      mode: options.mode,
      rounds: options.rounds,
      keysCompared: this.#progress.keysCompared,
      conflicts: this.#progress.conflicts,
      source: sourceName,
      target: targetName,
      startedAt: new Date(this.#progress.startedAtMs).toISOString(),
      finishedAt: new Date(this.#deps.clock.now()).toISOString(),
      offsets: isStopped ? {} : await this.#offsets(),
      ...(this.#repair ? { repair: this.#repair } : {}),
    };
  }

  /** Where both ends stand: the source's offset, and how much of it the target contains by its checkpoint. */
  async #offsets(): Promise<Record<string, number | null>> {
    const place = placeFrom(await infoOf(this.#sides.source.scan, 'replication'));
    return { source: place.offset, target: (await this.#applied())?.offset ?? null };
  }

  async #applied(): Promise<Applied | null> {
    const commands = [['SELECT', 0], checkpointCommand(this.#input.checkpointKey)];
    return appliedFrom((await this.#sides.target.read.pipeline(commands))[1]);
  }
}

const classesOf = ({ findings }: Judgement): string[] => [...new Set(findings.map((finding) => finding.class))];
