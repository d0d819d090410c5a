import type { Job } from '@cacheferry/contract';
import { readArguments } from '../arguments.ts';
import { migrationFlags, migrationFlagsHelp, withMigrationFlags } from '../job/migration-flags.ts';

const flags = {
  ...migrationFlags,
  job: { type: 'string' },
  state: { type: 'string' },
  json: { type: 'boolean' },
  rows: { type: 'boolean' },
} as const;

export type PreflightFlags = {
  positionals: string[];
  jobFile: string | undefined;
  stateDir: string | undefined;
  /** How the answer is printed: a table for people, one document, or a row a line and the report last. */
  form: 'table' | 'document' | 'rows';
  /** The job with the flags over what it says. */
  over(job: Job): Job;
};

export const preflightHelp = `ferry preflight SOURCE TARGET | --job FILE
  Asks everything that has to be right before a migration may start; writes nothing to either end.
  Ends with 0 when it may start, 3 when something blocks.

  --state DIR            the folder that the migration will use for its spool (default: here)
  --job FILE             source, target and options from a file (mode 0600), or - for standard input
  --json                 the report as one JSON document
  --rows                 each row as a JSON line as soon as it is known, the report as the last line

The migration that is meant:
${migrationFlagsHelp}`;

/** Reads the flags of `ferry preflight`. Throws `usage.invalid`. */
export function readPreflightFlags(args: string[]): PreflightFlags {
  const { values, positionals } = readArguments('preflight', args, flags, { atLeast: 0, atMost: 2 });
  return {
    positionals,
    jobFile: values.job,
    stateDir: values.state,
    form: values.rows ? 'rows' : values.json ? 'document' : 'table',
    over: (job) => withMigrationFlags('preflight', job, values),
  };
}
