import fs from 'node:fs';
import path from 'node:path';
import { formatEndpointUrl, type Job, type JobEndpoint, parseEndpointUrl } from '@cacheferry/contract';
import { lockHolder, openStateDir, stateFiles } from '@cacheferry/engine';

/** The job file of an earlier run of a state directory, when the command names no ends itself; else what it names. */
export function jobFileFor(flags: {
  positionals: string[];
  jobFile: string | undefined;
  stateDir: string | undefined;
}) {
  const { positionals, jobFile, stateDir } = flags;
  if (positionals.length > 0 || jobFile !== undefined || stateDir === undefined) return { positionals, jobFile };
  const kept = stateFiles(stateDir).jobFile;
  return { positionals, jobFile: fs.existsSync(kept) ? kept : undefined };
}

/**
 * Keeps the job in its state directory, without any secret, so that `ferry migrate --state DIR` can go on with it.
 * A job that was handed over in that very file is left as it is, and so is that of an engine that runs there.
 */
export function keepJob(stateDir: string, job: Job, jobFile: string | undefined): void {
  const { dir, jobFile: kept } = openStateDir(stateDir);
  if (lockHolder(dir)) return;
  if (jobFile !== undefined && jobFile !== '-' && path.resolve(jobFile) === kept) return;
  const draft = `${kept}.${process.pid}.draft`;
  fs.writeFileSync(draft, JSON.stringify({ ...job, source: bare(job.source), target: bare(job.target) }), {
    mode: 0o600,
  });
  fs.renameSync(draft, kept);
}

const bare = ({ url }: JobEndpoint): JobEndpoint => ({ url: formatEndpointUrl(parseEndpointUrl(url)) });
