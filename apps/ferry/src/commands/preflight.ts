import type { PreflightReport } from '@cacheferry/contract';
import { runPreflight } from '@cacheferry/engine';
import { FerryError } from '@cacheferry/kernel';
import type { CommandIo, CommandModule } from '../command.ts';
import { errorLine, type ExitCode } from '../exit.ts';
import { readJob } from '../job/read-job.ts';
import { type PreflightFlags, preflightHelp, readPreflightFlags } from '../preflight/preflight-flags.ts';
import { preflightTable } from '../preflight/preflight-table.ts';

/** `ferry preflight`: whether a migration may start. */
export const command: CommandModule = {
  help: preflightHelp,
  run: async (args, io) => {
    const flags = readPreflightFlags(args);
    const { job, source, target } = await readJob('preflight', flags, io);
    const whole = {
      ...flags.over(job),
      source: withPassword(source, job.source),
      target: withPassword(target, job.target),
    };
    const deps = { clock: io.clock, workDir: flags.stateDir ?? '.' };
    const report = await runPreflight(deps, whole, {
      signal: io.signal,
      onRow: (row) => {
        if (flags.form === 'rows') io.stdout.write(`${JSON.stringify(row)}\n`);
      },
    });
    return print(report, flags.form, io);
  },
};

type End = Awaited<ReturnType<typeof readJob>>['source'];
type JobEnd = Awaited<ReturnType<typeof readJob>>['job']['source'];

/** The password may have come from the environment. */
function withPassword({ endpoint }: End, given: JobEnd): JobEnd {
  const password = 'password' in endpoint ? endpoint.password : null;
  return password === null ? given : { ...given, password };
}

function print(report: PreflightReport, form: PreflightFlags['form'], io: CommandIo): ExitCode {
  io.stdout.write(form === 'table' ? preflightTable(report) : `${JSON.stringify(report)}\n`);
  if (report.ok) return 0;
  const blocking = report.rows.filter(({ status }) => status === 'fail' || status === 'error');
  const rows = [...new Set(blocking.map(({ id }) => id))].join(', ');
  const fixes = [...new Set(blocking.map(({ fix }) => fix))].filter(Boolean).join(' ');
  io.stderr.write(`${errorLine(new FerryError('preflight.blocked', { count: blocking.length, rows, fixes }))}\n`);
  return 3;
}
