import { createHash } from 'node:crypto';

/**
 * Names a task for good: the id that a control plane gave, else what source and target are. Runs with the same name share
 * a checkpoint on the target, so a run that starts again finds what the one before it has done.
 */
export function taskOf(job: { task?: string | undefined }, sourceUrl: string, targetUrl: string): string {
  return job.task ?? createHash('sha256').update(`${sourceUrl}\n${targetUrl}`).digest('hex').slice(0, 32);
}
