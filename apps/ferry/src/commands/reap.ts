import fs from 'node:fs';
import path from 'node:path';
import { identityOf, isAlive, lockHolder, type ProcessIdentity, stateFiles } from '@cacheferry/engine';
import { FerryError } from '@cacheferry/kernel';
import { readArguments, wrongUse } from '../arguments.ts';
import type { CommandIo, CommandModule } from '../command.ts';
import { EventTail } from '../host/event-tail.ts';
import { readLaunch, writeLaunch } from '../host/launch-record.ts';
import { runProcesses } from '../host/run-processes.ts';

const graceMs = 10_000;
const killedMs = 5_000;

/** `ferry reap`: confirms that a run is over, and removes what must not stay. */
export const command: CommandModule = {
  help: [
    'ferry reap --state DIR [--kill]',
    '',
    'After the end of a run: confirms that no process of it is left, then removes its job file, socket and spool; events',
    'and log stay. --kill: ends a process that is surely of this run (first in order, after 10 s at once). Prints one JSON',
    'document {killed, removed, seq}, seq being the number of the last event.',
  ].join('\n'),
  run: async (args, io) => {
    const { values } = readArguments('reap', args, { state: { type: 'string' }, kill: { type: 'boolean' } });
    if (values.state === undefined) throw wrongUse('reap', '--state is needed');
    const state = stateFiles(values.state);
    if (!fs.existsSync(state.dir)) {
      io.stdout.write(`${JSON.stringify({ killed: [], removed: [], seq: 0 })}\n`);
      return 0;
    }
    const killed = values.kill ? await endAll(state.dir, io) : [];
    const left = runProcesses(state.dir)[0] ?? lockHolder(state.dir);
    if (left) throw new FerryError('engine.already_running', { pid: left.pid, dir: state.dir });
    const removed = cleanUp(state.dir);
    io.stdout.write(`${JSON.stringify({ killed, removed, seq: lastSeq(state.eventsFile) })}\n`);
    return 0;
  },
};

async function endAll(dir: string, io: CommandIo): Promise<number[]> {
  const found = runProcesses(dir);
  // The one that waits for the engine is left to note its end, and killed when it outstays.
  const keeper = readLaunch(dir)?.keeper.pid;
  for (const each of found) if (each.pid !== keeper) send(each, 'SIGTERM');
  await untilGone(found, graceMs, io);
  for (const each of found) send(each, 'SIGKILL');
  await untilGone(found, killedMs, io);
  return found.map(({ pid }) => pid);
}

async function untilGone(processes: ProcessIdentity[], ms: number, io: CommandIo): Promise<void> {
  const end = io.clock.monotonic() + ms;
  while (processes.some((each) => isAlive(each) === true) && io.clock.monotonic() < end) await io.clock.sleep(50);
}

function send({ pid, startTime }: ProcessIdentity, signal: NodeJS.Signals): void {
  // Looked at once more right before: the number may have been given to another process.
  if (identityOf(pid)?.startTime !== startTime) return;
  try {
    process.kill(pid, signal);
    // A process that was stopped takes a signal only when it goes on.
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function cleanUp(dir: string): string[] {
  const launch = readLaunch(dir);
  if (launch) writeLaunch(dir, { ...launch, isReaped: true });
  const names = fs.readdirSync(dir).filter((name) => /^(job\.json.*|control\.sock.*|spool)$/.test(name));
  const elsewhere = socketElsewhere(dir);
  if (elsewhere) fs.rmSync(elsewhere, { force: true });
  for (const name of names) fs.rmSync(path.join(dir, name), { recursive: true, force: true });
  return names;
}

/** A path that was too long for a socket: the record beside it says where it is. */
function socketElsewhere(dir: string): string | null {
  try {
    const name = fs.readFileSync(path.join(dir, 'control.sock.path'), 'utf8').trim();
    return /\/ferry-[0-9a-f]{16}\.sock$/.test(name) ? name : null;
  } catch {
    // No record: it was in its usual place.
    return null;
  }
}

function lastSeq(file: string): number {
  const tail = new EventTail(file, 0);
  let bytes: Buffer;
  do bytes = tail.read();
  while (bytes.length > 0);
  tail.close();
  return tail.seq;
}
