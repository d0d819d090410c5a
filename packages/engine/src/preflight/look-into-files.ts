import { FerryError } from '@cacheferry/kernel';
import type { RdbEntry, RdbSink } from '@cacheferry/rdb';
import { type FileEnd, type FilePlan, planFiles } from '../files/file-plan.ts';
import type { CheckContext } from './check.ts';
import type { End } from './end.ts';

/** Well within the time of a check; what is bigger is read whole before the copy begins. */
const longestMs = 7_000;

/** What was found in the files of a source, as far as they were read. */
export type FileLook = {
  /** False where the time was over before the end. */
  isWhole: boolean;
  plans: readonly FilePlan[];
  problem: FerryError | null;
  keys: number;
  /** Keys whose time has passed. */
  expired: number;
};

const looks = new WeakMap<End, Promise<FileLook>>();

/** Reads the files of a source as the migration will, for some seconds. */
export function lookIntoFiles(context: CheckContext): Promise<FileLook> {
  const known = looks.get(context.source) ?? look(context);
  looks.set(context.source, known);
  return known;
}

async function look(context: CheckContext): Promise<FileLook> {
  const { clock, signal } = context;
  const [counts, late] = [new ExpiredKeys(clock.now()), AbortSignal.timeout(longestMs)];
  const plans: FilePlan[] = [];
  const told = (rest: Partial<FileLook>) => ({ isWhole: true, plans, problem: null, ...counts.told, ...rest });
  try {
    for (const file of filesOf(context)) plans.push(await planFiles(file, AbortSignal.any([signal, late]), counts));
    return told({});
  } catch (error) {
    if (late.aborted && !signal.aborted) return told({ isWhole: false });
    if (signal.aborted || !(error instanceof FerryError)) throw error;
    return told({ problem: error });
  }
}

function filesOf({ source: { endpoint }, options: { until } }: CheckContext): FileEnd[] {
  if (endpoint.kind === 'rdb') return endpoint.paths.map((path) => ({ kind: 'rdb', path }));
  if (endpoint.kind !== 'aof') return [];
  const last = until === undefined ? Number.POSITIVE_INFINITY : Math.floor(Date.parse(until) / 1000);
  return [{ kind: 'aof', path: endpoint.path, until: last }];
}

class ExpiredKeys implements RdbSink {
  readonly told = { keys: 0, expired: 0 };
  readonly #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  entry({ expireAtMs }: RdbEntry): void {
    this.told.keys++;
    if (expireAtMs >= 0 && expireAtMs <= this.#nowMs) this.told.expired++;
  }

  entryPart(entry: RdbEntry, _index: number, isLast: boolean): void {
    if (isLast) this.entry(entry);
  }
}
