import { type ParseArgsConfig, parseArgs } from 'node:util';
import { FerryError } from '@cacheferry/kernel';
import { redactUrls } from './redact.ts';

export type FlagSpec = NonNullable<ParseArgsConfig['options']>;
type Parsed<F extends FlagSpec> = ReturnType<
  typeof parseArgs<{ args: string[]; options: F; allowPositionals: true; strict: true }>
>;

/** Reads the flags of a command. Throws `usage.invalid` for an unknown flag, or more or fewer positionals than named. */
export function readArguments<F extends FlagSpec>(
  command: string,
  args: string[],
  options: F,
  positionals: { atLeast: number; atMost: number } = { atLeast: 0, atMost: 0 },
): Parsed<F> {
  let parsed: Parsed<F>;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw wrongUse(command, problemOf(error), error);
  }
  const count = parsed.positionals.length;
  if (count < positionals.atLeast) throw wrongUse(command, 'an argument is missing');
  if (count > positionals.atMost) throw wrongUse(command, 'there are too many arguments');
  return parsed;
}

/** What the parser of Node found, as one sentence. */
function problemOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, flag] = /^Option '(--[\w-]+)' argument is ambiguous/.exec(text) ?? [];
  if (flag !== undefined) return `a value of ${flag} that begins with - is written as ${flag}=-…`;
  return redactUrls(text.split(/[.\n]\s/)[0] ?? text);
}

/** A mistake in how the command was called. */
export function wrongUse(command: string, problem: string, cause?: unknown): FerryError {
  return new FerryError('usage.invalid', { command, problem }, cause);
}

/** Reads a whole number ≥ 0 of a flag, or of an argument in capitals; bytes may have a unit: 64k, 10m, 2g (powers of 1024). */
export function readNumber(command: string, flag: string, text: string): number {
  const match = /^(\d{1,15})([kmg]?)b?$/i.exec(text);
  const factor = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match?.[2] ?? '').toLowerCase()] ?? 1;
  const value = Number(match?.[1]) * factor;
  if (!match || !Number.isSafeInteger(value))
    throw wrongUse(
      command,
      flag === flag.toUpperCase() ? `${flag} is a whole number` : `--${flag} needs a whole number`,
    );
  return value;
}
