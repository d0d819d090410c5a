import { type Endpoint, parseEndpointUrl, withSecrets } from '@cacheferry/contract';
import { forgetTarget } from '@cacheferry/engine';
import { FerryError } from '@cacheferry/kernel';
import { readArguments, wrongUse } from '../arguments.ts';
import type { CommandIo, CommandModule } from '../command.ts';
import { readJob } from '../job/read-job.ts';

const help = `ferry forget TARGET [--task ID] [--json]
ferry forget --job FILE [--json]

Removes what migrations have noted on TARGET about themselves (keys that begin with cf:), after the last of them was stopped
for good: a migration that is forgotten cannot be resumed, only begun anew. Refused while one is connected.
  --task ID   only of that migration
  --job FILE  target and migration of a job, - for standard input
  --json      prints {keys, tasks}, or {code, facts} when it fails
The password may come from FERRY_TARGET_PASSWORD.`;

/** `ferry forget`: leaves nothing of ours on a target. */
export const command: CommandModule = {
  help,
  async run(args, io) {
    const flags = { task: { type: 'string' }, json: { type: 'boolean' }, job: { type: 'string' } } as const;
    const { positionals, values } = readArguments('forget', args, flags, { atLeast: 0, atMost: 1 });
    const { endpoint, task } =
      values.job === undefined ? ofUrl(positionals, values, io) : await ofJob(values.job, positionals, io);
    const { keys, tasks } = await forgetTarget(endpoint, task, io.signal).catch((error: unknown) => {
      if (values.json && error instanceof FerryError)
        io.stdout.write(`${JSON.stringify({ code: error.code, facts: error.facts })}\n`);
      throw error;
    });
    const text = `Removed ${keys} keys of ${tasks.length} migrations${tasks.length > 0 ? `: ${tasks.join(', ')}` : ''}`;
    io.stdout.write(`${values.json ? JSON.stringify({ keys, tasks }) : text}\n`);
    return 0;
  },
};

type Forgetting = { endpoint: Endpoint; task: string | null };

function ofUrl(
  [url]: readonly string[],
  { task = null }: { task?: string | null | undefined },
  io: CommandIo,
): Forgetting {
  if (url === undefined) throw wrongUse('forget', 'TARGET is needed, or --job FILE');
  const parsed = parseEndpointUrl(url);
  const given = 'password' in parsed && parsed.password === null ? io.config.targetPassword?.reveal() : undefined;
  return { endpoint: given === undefined ? parsed : withSecrets(parsed, { password: given }), task };
}

/** One migration alone: a job without its name is refused. */
async function ofJob(file: string, positionals: readonly string[], io: CommandIo): Promise<Forgetting> {
  const { job, target } = await readJob('forget', { positionals, jobFile: file }, io);
  if (job.task === undefined) throw wrongUse('forget', 'the job names no task');
  return { endpoint: target.endpoint, task: job.task };
}
