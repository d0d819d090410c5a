import { parseEndpointUrl, withSecrets } from '@cacheferry/contract';
import { forgetTarget } from '@cacheferry/engine';
import { readArguments } from '../arguments.ts';
import type { CommandModule } from '../command.ts';

const help = `ferry forget TARGET [--task ID] [--json]

Removes what migrations have noted on TARGET about themselves (keys that begin with cf:), after the last of them was stopped
for good: a migration that is forgotten cannot be resumed, only begun anew. Refused while one is connected.
  --task ID   only of that migration
  --json      prints {keys, tasks}
The password may come from FERRY_TARGET_PASSWORD.`;

/** `ferry forget`: leaves nothing of ours on a target. */
export const command: CommandModule = {
  help,
  async run(args, io) {
    const flags = { task: { type: 'string' }, json: { type: 'boolean' } } as const;
    const { positionals, values } = readArguments('forget', args, flags, { atLeast: 1, atMost: 1 });
    const parsed = parseEndpointUrl(positionals[0] as string);
    const given = 'password' in parsed && parsed.password === null ? io.config.targetPassword?.reveal() : undefined;
    const endpoint = given === undefined ? parsed : withSecrets(parsed, { password: given });
    const { keys, tasks } = await forgetTarget(endpoint, values.task ?? null, io.signal);
    const text = `Removed ${keys} keys of ${tasks.length} migrations${tasks.length > 0 ? `: ${tasks.join(', ')}` : ''}`;
    io.stdout.write(`${values.json ? JSON.stringify({ keys, tasks }) : text}\n`);
    return 0;
  },
};
