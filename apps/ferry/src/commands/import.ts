import { readFileSync } from 'node:fs';
import { Job, parseEndpointUrl } from '@cacheferry/contract';
import { noteText, readForeignFile } from '@cacheferry/importer';
import { FerryError } from '@cacheferry/kernel';
import { readArguments } from '../arguments.ts';
import type { CommandModule } from '../command.ts';

const help = `ferry import FILE > job.json

Prints a job file for ferry migrate --job, made from a configuration of another tool:
  shake.toml             RedisShake 3 and 4
  redis-shake.conf       RedisShake 1 and 2
  rmt.conf               redis-migrate-tool

Every setting that a job cannot carry is named on stderr. The job may hold passwords: keep it with mode 0600
(umask 077).`;

/** `ferry import`: a configuration of RedisShake or redis-migrate-tool as a job file. */
export const command: CommandModule = {
  help,
  run: (args, io) => {
    const { positionals } = readArguments('import', args, {}, { atLeast: 1, atMost: 1 });
    const { job, notes } = readForeignFile(readText(positionals[0] as string));
    for (const { url } of [job.source, job.target]) parseEndpointUrl(url);
    const whole = Job.safeParse({ version: 1, ...job });
    if (!whole.success) {
      const where = whole.error.issues.map((issue) => issue.path.join('.'));
      throw new FerryError('import.unreadable', { problem: `${where.join(', ')} cannot be used` });
    }
    const { version, source, target, mode } = whole.data;
    io.stdout.write(`${JSON.stringify({ version, source, target, mode, options: job.options }, null, 2)}\n`);
    for (const note of notes) io.stderr.write(`not carried: ${noteText(note)}\n`);
    return Promise.resolve(0);
  },
};

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FerryError('import.unreadable', { problem: 'the file cannot be read' }, error);
  }
}
