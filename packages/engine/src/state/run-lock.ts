import {
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Clock, FerryError, systemClock } from '@cacheferry/kernel';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

const heartbeatMs = 2_000;
const observeMs = 5_000;
const staleMs = 15_000;

/** The right to be the one engine of a state directory, for the life of the process. */
export type RunLock = {
  /** Rises with each engine of the directory. */
  epoch: number;
  /** Aborted with `engine.fenced` when another engine has taken the directory over. */
  signal: AbortSignal;
  /** Throws `engine.fenced` when another engine has taken the directory over. */
  check(): void;
  release(): void;
};

/**
 * Takes the exclusive lock of a state directory. Throws `engine.already_running` when a living engine holds it.
 *
 * A lock is a file `lock.N` that names its process; the highest N counts, and it is never removed, only emptied, so that
 * no two can take over from the same dead holder: making `lock.N+1` succeeds once.
 */
export async function acquireRunLock(dir: string, clock: Clock): Promise<RunLock> {
  for (;;) {
    const holder = readHolder(dir);
    if (holder?.identity && (await isHeld(dir, holder, clock)))
      throw new FerryError('engine.already_running', { pid: holder.identity.pid, dir });
    const epoch = (holder?.epoch ?? 0) + 1;
    if (create(dir, epoch) && highest(dir) === epoch) return hold(dir, epoch, clock);
  }
}

/** The process that holds a state directory, or null when none does. */
export function lockHolder(dir: string): ProcessIdentity | null {
  const holder = readHolder(dir);
  if (!holder?.identity) return null;
  // One of an earlier boot, or of another host: only its heartbeat tells whether it lives.
  const alive = isAlive(holder.identity) ?? systemClock.now() - touchedAt(fileOf(dir, holder.epoch)) < staleMs;
  return alive ? holder.identity : null;
}

type Holder = { epoch: number; identity: ProcessIdentity | null };

const fileOf = (dir: string, epoch: number): string => join(dir, `lock.${epoch}`);

function hold(dir: string, epoch: number, clock: Clock): RunLock {
  const file = fileOf(dir, epoch);
  const lost = new AbortController();
  for (const old of epochs(dir)) if (old < epoch) remove(fileOf(dir, old));
  const check = () => {
    if (highest(dir) !== epoch) throw new FerryError('engine.fenced');
  };
  const beat = () => {
    try {
      check();
      const now = clock.now() / 1000;
      utimesSync(file, now, now);
    } catch (error) {
      clearInterval(timer);
      lost.abort(error instanceof FerryError ? error : new FerryError('engine.fenced', {}, error));
    }
  };
  const timer = setInterval(beat, heartbeatMs);
  timer.unref();
  const release = () => {
    clearInterval(timer);
    if (!lost.signal.aborted) truncateSync(file);
  };
  return { epoch, signal: lost.signal, check, release };
}

/** A holder that cannot be looked at from here (another host on a shared disk) shows that it lives by touching its file. */
async function isHeld(dir: string, holder: Holder, clock: Clock): Promise<boolean> {
  const alive = holder.identity && isAlive(holder.identity);
  if (alive !== null) return alive === true;
  const file = fileOf(dir, holder.epoch);
  const before = touchedAt(file);
  for (let waited = 0; waited < observeMs; waited += 500) {
    await clock.sleep(500);
    if (touchedAt(file) !== before) return true;
  }
  return false;
}

function create(dir: string, epoch: number): boolean {
  const identity = ownIdentity();
  const draft = join(dir, `lock-${identity.pid}-${identity.startTime}.draft`);
  writeFileSync(draft, JSON.stringify(identity), { mode: 0o600 });
  try {
    linkSync(draft, fileOf(dir, epoch));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function readHolder(dir: string): Holder | null {
  const epoch = highest(dir);
  if (epoch === 0) return null;
  try {
    const identity = JSON.parse(readFileSync(fileOf(dir, epoch), 'utf8')) as Partial<ProcessIdentity>;
    const { pid, startTime, place } = identity;
    const isWhole = typeof pid === 'number' && typeof startTime === 'string' && typeof place === 'string';
    return { epoch, identity: isWhole ? { pid, startTime, place } : null };
  } catch {
    // Emptied by its holder, removed by a newer one, or damaged: nobody's.
    return { epoch, identity: null };
  }
}

function highest(dir: string): number {
  return Math.max(0, ...epochs(dir));
}

function epochs(dir: string): number[] {
  return readdirSync(dir)
    .map((name) => Number(/^lock\.(\d{1,15})$/.exec(name)?.[1] ?? 0))
    .filter((epoch) => epoch > 0);
}

function touchedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
