import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Job } from '@cacheferry/contract';
import { identityOf, lockHolder, openStateDir, ownIdentity, type ProcessIdentity } from '@cacheferry/engine';
import { type Clock, FerryError } from '@cacheferry/kernel';
import { readArguments, wrongUse } from '../arguments.ts';
import type { CommandIo, CommandModule } from '../command.ts';
import type { ExitCode } from '../exit.ts';
import { readEngineEnd } from '../host/engine-end.ts';
import { isKept, readLaunch, writeLaunch, writePrivate } from '../host/launch-record.ts';
import { parseInput, readInput } from '../host/read-input.ts';
import { startEngine } from '../host/start-engine.ts';

const deadlineMs = 20_000;

/** `ferry launch`: starts an engine that outlives its caller, or finds the one that runs. */
export const command: CommandModule = {
  help: [
    'ferry launch --state DIR < JOB',
    '',
    'Starts the engine of a job (JSON on standard input) in a session of its own, with its output in DIR/engine.log, and',
    'returns once it holds DIR. Where an engine runs on DIR already, says so and starts none. Prints one JSON document:',
    '{pid, attached}, or {exitCode, lastLines, error} and exit code 1 when the engine ended at once.',
  ].join('\n'),
  run: async (args, io) => {
    const { values } = readArguments('launch', args, { state: { type: 'string' } });
    if (values.state === undefined) throw wrongUse('launch', '--state is needed');
    const job = readLaunchJob(parseInput('launch', await readInput('launch', io.stdin)));
    return await launch(openStateDir(values.state).dir, job, io);
  },
};

function readLaunchJob(input: unknown): Job {
  const parsed = Job.safeParse(input);
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => issue.path.join('.') || issue.code);
    throw wrongUse('launch', `the job is not valid at ${[...new Set(where)].slice(0, 5).join(', ')}`);
  }
  if (parsed.data.kind === 'preflight') throw wrongUse('launch', 'a preflight is not launched');
  return parsed.data;
}

async function launch(dir: string, job: Job, io: CommandIo): Promise<ExitCode> {
  const print = (document: object) => void io.stdout.write(`${JSON.stringify(document)}\n`);
  const running = await holderOf(dir, io.clock);
  if (!running) {
    refuseLate(dir, job.epoch);
    await start(dir, job);
  }
  const engine = running ?? (await holderOf(dir, io.clock));
  const end = engine ? null : readEngineEnd(dir);
  print(engine ? { pid: engine.pid, attached: running !== null } : { ...end });
  // One that had little to do may be done already.
  return engine || end?.exitCode === 0 ? 0 : 1;
}

/** A launch that was overtaken by a newer one, or that arrives after everything was cleaned up, must not happen. */
function refuseLate(dir: string, epoch: number): void {
  const last = readLaunch(dir);
  if (last && epoch !== 0 && epoch <= last.epoch) throw new FerryError('engine.fenced');
}

async function start(dir: string, job: Job): Promise<void> {
  const jobFile = path.join(dir, 'job.json');
  writePrivate(jobFile, JSON.stringify(job));
  const child = await startEngine(dir, job, jobFile);
  const pid = child.pid ?? 0;
  writeLaunch(dir, { epoch: job.epoch, keeper: identityOf(pid) ?? { ...ownIdentity(), pid }, isReaped: false });
  child.unref();
}

/** The engine of a state directory, once the one that is being started holds it; null when there is none. */
async function holderOf(dir: string, clock: Clock): Promise<ProcessIdentity | null> {
  const end = clock.monotonic() + deadlineMs;
  for (;;) {
    const isComing = isKept(dir);
    const holder = lockHolder(dir);
    if (holder) return holder;
    if (!isComing) return null;
    // Slow, but there: whoever follows it sees what becomes of it.
    if (clock.monotonic() >= end) return readLaunch(dir)?.keeper ?? null;
    await pause(20);
  }
}
