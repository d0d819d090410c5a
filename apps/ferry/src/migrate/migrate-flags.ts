import { Job } from '@cacheferry/contract';
import { readArguments, wrongUse } from '../arguments.ts';
import { type ListenAt, readListenAt } from '../status/listen.ts';
import type { StatusPorts } from '../status/open-status.ts';
import { migrationFlags, migrationFlagsHelp, withMigrationFlags } from '../job/migration-flags.ts';

const flags = {
  ...migrationFlags,
  job: { type: 'string' },
  state: { type: 'string' },
  share: { type: 'string' },
  json: { type: 'boolean' },
  'metrics-port': { type: 'string' },
  'status-port': { type: 'string' },
} as const;

export type MigrateFlags = {
  positionals: string[];
  jobFile: string | undefined;
  stateDir: string | undefined;
  isJson: boolean;
  ports: StatusPorts;
  /** The job with the flags over what it says. */
  over(job: Job): Job;
};

export const migrateHelp = `ferry migrate SOURCE TARGET | --job FILE | --state DIR
  Copies the source to the target, then follows it until stopped (or, with --mode full, ends).
  Ends with 0 only if everything in scope arrived. SIGINT and SIGTERM stop it in order: 130.

  --state DIR            keeps checkpoint, events, spool and the control socket there; running again with the same DIR
                         resumes, also without naming source and target again
  --share I/N            the I-th of N engines that share the shards of a cluster or pool, each with a state directory of
                         its own, on as many machines
  --job FILE             source, target and options from a file (mode 0600), or - for standard input
  --json                 the events as JSON lines on standard output
  --metrics-port PORT    serves http://127.0.0.1:PORT/metrics for Prometheus; HOST:PORT for others than this machine
  --status-port PORT     answers PING and INFO in the protocol of Redis, with the names of redis-migrate-tool
${migrationFlagsHelp}

Passwords: in the job file, or FERRY_SOURCE_PASSWORD and FERRY_TARGET_PASSWORD. Steering: ferry status, pause, resume,
rate, stop --state DIR.`;

/** Reads the flags of `ferry migrate`. Throws `usage.invalid`. */
export function readMigrateFlags(args: string[]): MigrateFlags {
  const { values, positionals } = readArguments('migrate', args, flags, { atLeast: 0, atMost: 2 });
  return {
    positionals,
    jobFile: values.job,
    stateDir: values.state,
    isJson: values.json === true,
    ports: {
      metrics: portOf('metrics-port', values['metrics-port']),
      status: portOf('status-port', values['status-port']),
    },
    over: (job) => ({ ...withMigrationFlags('migrate', job, values), ...shareOf(values.share) }),
  };
}

function shareOf(text: string | undefined): Pick<Job, 'share'> {
  if (text === undefined) return {};
  const [, number, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const share = Job.shape.share.safeParse({ number: Number(number), of: Number(of) });
  if (!share.success) throw wrongUse('migrate', '--share is I/N, like 1/3');
  return { share: share.data };
}

const portOf = (flag: string, text: string | undefined): ListenAt | null =>
  text === undefined ? null : readListenAt(flag, text);
