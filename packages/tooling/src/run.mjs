// Running another program from a script: its output is kept unless it fails, or shown live on request.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../../..');

/** Path of a program that the workspace root has installed. */
export const bin = (name) => path.join(root, 'node_modules/.bin', name);

/** Runs a program quietly; prints what it said and ends this process when it fails. */
export function runQuietly(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    ...options,
  });
  if (result.status === 0) return result.stdout;
  console.error(
    `${command} ${args.join(' ')}\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`,
  );
  process.exit(1);
}

/** Runs a program with this terminal and returns its exit code. */
export function runLive(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status ?? 1;
}
