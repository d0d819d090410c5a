import { askEngine } from '@cacheferry/engine';
import { readArguments, readNumber, wrongUse } from '../arguments.ts';
import type { CommandModule } from '../command.ts';

const flags = { state: { type: 'string' }, json: { type: 'boolean' } } as const;

/** A command that asks a running engine for one thing and needs no more than its state directory. */
function steering(name: 'pause' | 'resume' | 'stop' | 'fence' | 'unfence', does: string): CommandModule {
  return {
    help: `ferry ${name} --state DIR [--json]\n  ${does}`,
    run: async (args, io) => {
      const { values } = readArguments(name, args, flags);
      if (values.state === undefined) throw wrongUse(name, '--state is needed');
      const result = await askEngine(values.state, { command: name }, 60_000);
      if (values.json) io.stdout.write(`${JSON.stringify({ ok: true, ...result })}\n`);
      return 0;
    },
  };
}

export const pause = steering('pause', 'Stops writing to the target; the source is still received, into the spool.');
export const resume = steering('resume', 'Goes on writing after a pause.');
export const stop = steering('stop', 'Ends a run in order; it can be resumed with the same state directory.');
export const fence = steering('fence', 'Holds writes at the source, for at most 30 s unless renewed by the run.');
export const unfence = steering('unfence', 'Lets the source take writes again.');

/** `ferry rate`: other limits for a running migration. */
export const rate: CommandModule = {
  help: `ferry rate N --state DIR [--bytes N] [--json]
  At most N keys and commands a second from now on, 0 = no limit.
  --bytes N   at most so many bytes a second; 64k, 10m, 2g are understood. N may be left out then`,
  run: async (args, io) => {
    const { values, positionals } = readArguments('rate', args, { ...flags, bytes: { type: 'string' } }, limits);
    if (values.state === undefined) throw wrongUse('rate', '--state is needed');
    const [keys] = positionals;
    if (keys === undefined && values.bytes === undefined) throw wrongUse('rate', 'N or --bytes N is needed');
    const result = await askEngine(values.state, {
      command: 'rate',
      ...(keys === undefined ? {} : { rateKeys: readNumber('rate', 'N', keys) }),
      ...(values.bytes === undefined ? {} : { rateBytes: readNumber('rate', 'bytes', values.bytes) }),
    });
    if (values.json) io.stdout.write(`${JSON.stringify({ ok: true, ...result })}\n`);
    return 0;
  },
};

const limits = { atLeast: 0, atMost: 1 };
