import { type FerryError, toFerryError } from '@cacheferry/kernel';
import { oneLine, redactUrls } from './redact.ts';

/** How the command ends; see the contract's list of exit codes. */
export type ExitCode = 0 | 1 | 2 | 3 | 64 | 130;

/** The line for people (`error[CODE]: what happened. fix: what to do`) and the exit code of anything that was thrown. */
export function describeEnd(thrown: unknown): { line: string; code: ExitCode } {
  const error = toFerryError(thrown);
  return { line: errorLine(error), code: error.spec.exit };
}

/** One error as one line. */
export function errorLine(error: FerryError): string {
  const what = error.code === 'internal.unexpected' ? `${error.message} (${shortDetail(error)})` : error.message;
  return oneLine(redactUrls(`error[${error.code}]: ${what}. fix: ${error.fix.replace(/ {2,}/g, ' ')}`));
}

function shortDetail(error: FerryError): string {
  const cause = error.cause instanceof Error ? error.cause.name : '';
  return `${cause ? `${cause}: ` : ''}${error.detail}`.slice(0, 300);
}
