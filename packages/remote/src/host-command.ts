import type { MachineLink, RunOptions, RunResult } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import { programName } from './run-program.ts';

export type Host = Pick<MachineLink, 'run'> & { readonly host: string };

/** Runs a program that must succeed. `path` is what it works on: for messages about space and rights. */
export async function must(
  host: Host,
  argv: readonly string[],
  { path, ...options }: RunOptions & { path: string },
): Promise<string> {
  const result = await host.run(argv, options);
  if (result.exitCode !== 0) throw hostError(host.host, argv, path, result);
  return result.stdout;
}

/** What a program complained, as one of our errors. Programs speak English here: every channel sets LC_ALL=C. */
export function hostError(host: string, argv: readonly string[], path: string, result: RunResult): FerryError {
  const cause = new Error(result.stderr.trim().slice(-2000));
  if (/no space left|disk quota exceeded|file too large/i.test(result.stderr))
    return new FerryError('machine.no_space', { host, path }, cause);
  if (/permission denied|read-only file system|operation not permitted|not a directory/i.test(result.stderr))
    return new FerryError('machine.not_writable', { host, path }, cause);
  const facts = { host, program: programName(argv), exitCode: result.exitCode, detail: lastLine(result.stderr) };
  return new FerryError('machine.command_failed', facts, cause);
}

/** The last line of what a program complained, for messages. */
export function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line.replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ').slice(0, 300) || 'it said nothing';
}
