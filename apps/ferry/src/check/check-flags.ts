import { CheckOptions, MigrationOptions } from '@cacheferry/contract';
import { readArguments, readNumber, wrongUse } from '../arguments.ts';
import { problemOf } from '../job/migration-flags.ts';
import { readRuleFlags, ruleFlags, ruleFlagsHelp } from '../job/rule-flags.ts';

const flags = {
  ...ruleFlags,
  job: { type: 'string' },
  state: { type: 'string' },
  mode: { type: 'string' },
  rounds: { type: 'string' },
  interval: { type: 'string' },
  'ttl-tolerance': { type: 'string' },
  'rate-keys': { type: 'string' },
  'max-conflicts': { type: 'string' },
  out: { type: 'string' },
  repair: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export type CheckFlags = {
  positionals: string[];
  jobFile: string | undefined;
  stateDir: string | undefined;
  outFile: string | undefined;
  isJson: boolean;
  /** The options of the job, with the flags over them. */
  optionsOver(job: CheckOptions | undefined): CheckOptions;
  /** The options of the migration that is checked, with the flags over them: what is in scope. */
  scopeOver(job: MigrationOptions | undefined): MigrationOptions;
};

export const checkHelp = `ferry check SOURCE TARGET | --job FILE
  Compares both sides in both directions, in rounds, and lists conflicts. Ends with 0 when there is none, 2 when there are.

  --mode MODE            full (whole values, default), length, keys, or sample:N
  --rounds N             how often what differs is looked at before it counts (default 3)
  --interval MS          pause between rounds (default 2000)
  --ttl-tolerance MS     how far times to live may be apart (default 1000)
  --rate-keys N          keys per second, 0 = no limit
  --out FILE             conflicts as JSON lines
  --max-conflicts N      how many are listed (default 100000); all are counted
  --repair               makes the target equal to the source where they differ, keys that only the target has included
  --state DIR            keeps events and the control socket there: ferry status|stop --state DIR
  --job FILE             source, target and options from a file (mode 0600), or - for standard input
  --json                 one JSON document with the result

What the migration copies, and as what; the same flags as for ferry migrate. Keys are named as on the source:
${ruleFlagsHelp}`;

/** Reads the flags of `ferry check`. Throws `usage.invalid`. */
export function readCheckFlags(args: string[]): CheckFlags {
  const { values, positionals } = readArguments('check', args, flags, { atLeast: 0, atMost: 2 });
  const number = (name: string, text: string | undefined) =>
    text === undefined ? undefined : readNumber('check', name, text);
  const given = {
    mode: values.mode,
    rounds: number('rounds', values.rounds),
    intervalMs: number('interval', values.interval),
    ttlToleranceMs: number('ttl-tolerance', values['ttl-tolerance']),
    rateKeys: number('rate-keys', values['rate-keys']),
    maxConflicts: number('max-conflicts', values['max-conflicts']),
    repair: values.repair,
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    positionals,
    jobFile: values.job,
    stateDir: values.state,
    outFile: values.out,
    isJson: values.json === true,
    optionsOver: (job) => {
      const parsed = CheckOptions.safeParse({ ...job, ...set });
      if (parsed.success) return withRepair(parsed.data);
      throw wrongUse('check', `--${String(parsed.error.issues[0]?.path[0] ?? 'mode')} is out of range`);
    },
    scopeOver: (job) => {
      const rules = Object.entries(readRuleFlags('check', values)).filter(([, value]) => value !== undefined);
      const parsed = MigrationOptions.safeParse({ ...job, ...Object.fromEntries(rules) });
      if (parsed.success) return parsed.data;
      throw wrongUse('check', problemOf(parsed.error.issues[0]));
    },
  };
}

/** Only a check that reads whole values has what a repair writes. */
function withRepair(options: CheckOptions): CheckOptions {
  if (options.repair && (options.mode === 'keys' || options.mode === 'length'))
    throw wrongUse('check', '--repair compares whole values: use --mode full or sample:N');
  return options;
}
