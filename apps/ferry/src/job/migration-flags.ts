import { type Job, MigrationMode, MigrationOptions } from '@cacheferry/contract';
import { readRuleFlags, ruleFlags, ruleFlagsHelp } from './rule-flags.ts';
import { readNumber, wrongUse } from '../arguments.ts';

/** The flags that say how a migration runs: the same for every command that takes one. */
export const migrationFlags = {
  mode: { type: 'string' },
  ...ruleFlags,
  'rate-keys': { type: 'string' },
  'rate-bytes': { type: 'string' },
  'on-conflict': { type: 'string' },
  batch: { type: 'string' },
  connections: { type: 'string' },
  accept: { type: 'string', multiple: true },
  'spool-max-bytes': { type: 'string' },
  'big-key-bytes': { type: 'string' },
  until: { type: 'string' },
} as const;

/** Their part of a help text. */
export const migrationFlagsHelp = `  --mode full|sync       copy once, or copy and follow until stopped (default)
  --on-conflict POLICY   for keys that the target has: fail (default), overwrite or skip
${ruleFlagsHelp}
  --rate-keys N          keys and commands per second, 0 = no limit
  --rate-bytes N         bytes per second, 0 = no limit; 64k, 10m, 2g are understood
  --batch N              commands per batch (default 1024)
  --connections N        connections to each target node (default 2)
  --accept CLASS,…       what may be lost without failing: field_ttl, function, module, type, too_large, refused, script,
                         command
  --spool-max-bytes N    bound of the received bytes on disk (default: 70 % of the free space, at most 50 GiB)
  --big-key-bytes N      a value above that is written in pieces (default 8m), 64k to 512m
  --until TIME           of an AOF with time annotations: nothing that was executed later; RFC 3339 or Unix seconds`;

type Values = {
  -readonly [F in keyof typeof migrationFlags]?:
    | ((typeof migrationFlags)[F] extends { multiple: true } ? string[] : string)
    | undefined;
};

/** The job with what the flags say over it. Throws `usage.invalid` that names the flag. */
export function withMigrationFlags(command: string, job: Job, values: Values): Job {
  const options = MigrationOptions.safeParse({ ...job.options, ...optionsOf(command, values) });
  if (!options.success) {
    throw wrongUse(command, problemOf(options.error.issues[0]));
  }
  const mode = MigrationMode.safeParse(values.mode ?? job.mode);
  if (!mode.success) throw wrongUse(command, '--mode is full or sync');
  return { ...job, options: options.data, mode: mode.data };
}

function optionsOf(command: string, values: Values): Record<string, unknown> {
  const number = (flag: keyof Values, text: string | undefined) =>
    text === undefined ? undefined : readNumber(command, flag, text);
  const given = {
    onConflict: values['on-conflict'],
    ...readRuleFlags(command, values),
    rateKeys: number('rate-keys', values['rate-keys']),
    rateBytes: number('rate-bytes', values['rate-bytes']),
    batch: number('batch', values.batch),
    connections: number('connections', values.connections),
    accept: split(values.accept),
    spoolMaxBytes: number('spool-max-bytes', values['spool-max-bytes']),
    bigKeyBytes: number('big-key-bytes', values['big-key-bytes']),
    until: values.until === undefined ? undefined : timeOf(values.until),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const split = (values: string[] | undefined): string[] | undefined => values?.flatMap((value) => value.split(','));

/** The flag that has no valid value, and what is wrong with a rule. */
export function problemOf(issue: { path: PropertyKey[]; code?: string; message: string } | undefined): string {
  const name = String(issue?.path[0] ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const flag = `--${name.replace(/-ms$/, '')}`;
  return issue?.code === 'custom' ? `${flag} ${issue.message}` : `${flag} has no valid value`;
}

/** Unix seconds or RFC 3339 as UTC; what is neither is left for the schema to refuse. */
function timeOf(text: string): string {
  const date = new Date(/^\d{1,12}$/.test(text) ? Number(text) * 1000 : text);
  return Number.isNaN(date.getTime()) ? text : date.toISOString();
}
