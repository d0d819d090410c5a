import { lookup } from 'node:dns/promises';
import { lstatSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSocketPath } from '@cacheferry/contract';
import { type Clock, FerryError } from '@cacheferry/kernel';
import { acquireRunLock, type RunLock } from '../state/run-lock.ts';
import { awaitTurn, type TurnDeps } from './await-turn.ts';
import { FullSyncTurns } from './full-sync-turns.ts';

/**
 * Lets one full sync at a time run on each host, over all engines of this machine whose state directories lie side by
 * side: an engine that has the turn of a host holds a lock there, which ends with its process at the latest.
 */
export class HostTurns {
  readonly #own = new FullSyncTurns();
  readonly #root: string | null;
  readonly #deps: TurnDeps;
  /** Takes the turn of a host among engines of other machines too. */
  among: ((host: string, signal: AbortSignal) => Promise<() => void>) | null = null;

  /** `stateDir`: of this engine. Where others could write beside it, its own full syncs take turns only. */
  constructor(stateDir: string, deps: TurnDeps) {
    const beside = dirname(stateDir);
    this.#root = isPrivate(beside) ? join(beside, '.turns') : null;
    this.#deps = deps;
  }

  /** Whether other engines take part. */
  get isShared(): boolean {
    return this.#root !== null;
  }

  /** Resolves when it is one's turn, with what ends the turn. Throws the signal's reason. */
  async take(host: string, signal: AbortSignal): Promise<() => void> {
    const name = await nameOf(host);
    const ends = [await this.#own.take(name, signal)];
    const end = () => {
      for (const one of ends.splice(0).reverse()) one();
    };
    try {
      const lock = await this.#lock(name, signal);
      if (lock) ends.push(() => release(lock));
      if (this.among) ends.push(await this.among(name, signal));
      return end;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** null: there is no place for a lock. */
  async #lock(name: string, signal: AbortSignal): Promise<RunLock | null> {
    const dir = this.#root && dirFor(this.#root, name);
    return dir === null ? null : awaitTurn(() => tryLock(dir, this.#deps.clock), this.#deps, { host: name, signal });
  }
}

async function tryLock(dir: string, clock: Clock): Promise<RunLock | null> {
  try {
    return await acquireRunLock(dir, clock);
  } catch (error) {
    if (error instanceof FerryError && error.code === 'engine.already_running') return null;
    throw error;
  }
}

/** A lock whose folder was removed is nobody's. */
function release(lock: RunLock): void {
  try {
    lock.release();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function isPrivate(dir: string): boolean {
  const found = lstatSync(dir, { throwIfNoEntry: false });
  const isOurs = found !== undefined && (process.getuid === undefined || found.uid === process.getuid());
  return isOurs && found.isDirectory() && (found.mode & 0o022) === 0;
}

/** null: nothing can be written there. A migration does not end for want of turns. */
function dirFor(root: string, name: string): string | null {
  const dir = join(root, name.replace(/[^A-Za-z0-9._-]/g, '_'));
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return dir;
  } catch {
    return null;
  }
}

/** One name for a host, however it is written in an address. */
async function nameOf(host: string): Promise<string> {
  if (isSocketPath(host)) return 'local';
  try {
    const { address } = await lookup(host);
    return /^(127\.|::1$)/.test(address) ? 'local' : address;
  } catch {
    return host;
  }
}
