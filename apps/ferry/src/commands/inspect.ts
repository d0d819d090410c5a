import { parseEndpointUrl } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { readArguments } from '../arguments.ts';
import type { CommandModule } from '../command.ts';
import { inspectFile } from '../inspect/inspect-file.ts';
import { requireInRoots } from '../job/file-roots.ts';

const help = `ferry inspect rdb:PATH[,PATH…] | aof:PATH

Prints what each file holds as one JSON document: what wrote it, its keys by database and type, its largest keys and
where it is damaged. Reads for half a minute at most.`;

const budgetMs = 30_000;

/** `ferry inspect`: what files hold, for the control plane. */
export const command: CommandModule = {
  help,
  async run(args, io) {
    const { positionals } = readArguments('inspect', args, {}, { atLeast: 1, atMost: 1 });
    const endpoint = parseEndpointUrl(positionals[0] as string);
    if (endpoint.kind !== 'rdb' && endpoint.kind !== 'aof')
      throw new FerryError('endpoint.unsupported', { kind: endpoint.kind, role: 'file' });
    requireInRoots(endpoint, io.config.fileRoots);
    const files = endpoint.kind === 'rdb' ? endpoint.paths : [endpoint.path];
    const limits = { clock: io.clock, signal: io.signal, budgetMs: budgetMs / files.length };
    const found = [];
    for (const file of files) found.push(await inspectFile(file, limits));
    io.stdout.write(`${JSON.stringify(found)}\n`);
    return 0;
  },
};
