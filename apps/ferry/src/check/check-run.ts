import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type { CheckSnapshot, Conflict } from '@cacheferry/contract';
import { acquireRunLock, EventLog, openControlServer, openStateDir } from '@cacheferry/engine';
import { type Clock, FerryError, type Logger, toFerryError } from '@cacheferry/kernel';
import type { CheckEnd } from '@cacheferry/verify';

/** Where a check tells what it does: a state directory with events and control socket, or nowhere. */
export type CheckRun = {
  dir: string;
  log: Logger;
  /** Aborted by a stop on the control socket, by another engine, or by the signal given. */
  signal: AbortSignal;
  progress(snapshot: CheckSnapshot): void;
  conflict(conflict: Conflict, round: number): void;
  /** Ends the run: its last events, then socket and lock are let go. */
  end(outcome: CheckEnd | { thrown: unknown }): Promise<void>;
};

/** Opens a state directory for a check: lock, events, control socket. Throws `engine.already_running`. */
export async function openCheckRun(path: string, clock: Clock, signal: AbortSignal): Promise<CheckRun> {
  const state = openStateDir(path);
  const lock = await acquireRunLock(state.dir, clock);
  const events = new EventLog(state.eventsFile, { clock });
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal, lock.signal]);
  let newest: CheckSnapshot | null = null;
  const server = await openControlServer(
    state,
    async (request) => {
      if (request.command === 'status') return { ...newest };
      if (request.command !== 'stop')
        throw new FerryError('engine.command_unsupported', { kind: 'full check', command: request.command });
      stop.abort(new FerryError('migration.stopped'));
      return {};
    },
    (ack) => events.append({ type: 'ack', command: ack.command, id: ack.id, ok: ack.ok }),
  );
  events.append({ type: 'phase', phase: 'running' });
  return {
    dir: state.dir,
    log: events.logger(),
    signal: all,
    progress: (snapshot) => {
      newest = snapshot;
      events.append({ type: 'progress', ...snapshot });
    },
    conflict: (conflict, round) => events.append({ type: 'conflict', round, conflict }),
    end: async (outcome) => {
      noteEnd(events, outcome);
      await server.close();
      events.close();
      lock.release();
    },
  };
}

/** A check without a state directory: a temporary folder of its own, removed at the end. */
export function openPlainRun(tmp: string, log: Logger, signal: AbortSignal): CheckRun {
  const dir = `${tmp}/ferry-check-${randomUUID()}`;
  fs.mkdirSync(dir, { mode: 0o700 });
  const end = () => {
    fs.rmSync(dir, { recursive: true, force: true });
    return Promise.resolve();
  };
  return { dir, log, signal, progress: () => {}, conflict: () => {}, end };
}

function noteEnd(events: EventLog, outcome: CheckEnd | { thrown: unknown }): void {
  if (!('thrown' in outcome)) {
    const { result, isStopped } = outcome;
    const totals = { keysCompared: result.keysCompared, ...result.conflicts };
    events.append({ type: 'done', outcome: isStopped ? 'stopped' : result.verdict, totals, result });
    return;
  }
  const error = toFerryError(outcome.thrown);
  if (error.code === 'migration.stopped') return events.append({ type: 'done', outcome: 'stopped', totals: {} });
  events.error(error, { fatal: true });
  events.append({ type: 'done', outcome: 'failed', totals: {} });
}
