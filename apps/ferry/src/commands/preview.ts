import { MigrationOptions } from '@cacheferry/contract';
import { previewRules } from '@cacheferry/engine';
import { readArguments } from '../arguments.ts';
import type { CommandModule } from '../command.ts';
import { readJob } from '../job/read-job.ts';

const help = `ferry preview --job FILE

Prints, as one JSON document, which of some keys of the source the rules of a job take, leave out and rename.
Changes nothing.`;

/** `ferry preview`: what rules make of a sample of keys, for the control plane. */
export const command: CommandModule = {
  help,
  async run(args, io) {
    const { values } = readArguments('preview', args, { job: { type: 'string' } }, { atLeast: 0, atMost: 0 });
    const { job } = await readJob('preview', { positionals: [], jobFile: values.job ?? '-' }, io);
    const options = MigrationOptions.parse(job.options ?? {});
    const preview = await previewRules(job, options, { signal: io.signal, now: () => io.clock.now() });
    io.stdout.write(`${JSON.stringify(preview)}\n`);
    return 0;
  },
};
