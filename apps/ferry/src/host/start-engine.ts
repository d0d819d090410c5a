import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import type { Job } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { exitFile, logFile } from './engine-end.ts';

const mostLogBytes = 8 * 1024 * 1024;

/**
 * Waits for the engine and notes how it ended: the one parent that outlives whoever launched it. The engine's own
 * parameters never reach the shell's text.
 */
const keeper = [
  'out=$1; shift; umask 077',
  '"$@"',
  'printf \'{"code":%d}\' $? > "$out.draft" && mv -f "$out.draft" "$out"',
].join('\n');

/** Starts the engine of a state directory in a session of its own, its output in `engine.log`. */
export async function startEngine(dir: string, job: Job, jobFile: string): Promise<ChildProcess> {
  fs.rmSync(exitFile(dir), { force: true });
  const log = openLog(logFile(dir));
  const [, script = ''] = process.argv;
  const engine = [process.execPath, ...process.execArgv, script, job.kind, '--job', jobFile, '--state', dir];
  const child = spawn('sh', ['-c', keeper, 'ferry', exitFile(dir), ...engine], {
    cwd: dir,
    detached: true,
    stdio: ['ignore', log, log],
  });
  fs.closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new FerryError('internal.unexpected', {}, error)));
  });
  return child;
}

/** Appends to the log of earlier engines; one that has grown large is put aside. */
function openLog(file: string): number {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > mostLogBytes) fs.renameSync(file, `${file}.1`);
  return fs.openSync(file, 'a', 0o600);
}
