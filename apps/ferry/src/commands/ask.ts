import { ControlRequest } from '@cacheferry/contract';
import { askEngine } from '@cacheferry/engine';
import { toFerryError } from '@cacheferry/kernel';
import { readArguments, readNumber, wrongUse } from '../arguments.ts';
import type { CommandModule } from '../command.ts';
import { parseInput, readInput } from '../host/read-input.ts';

/** `ferry ask`: hands a request to the running engine, as other programs write it. */
export const command: CommandModule = {
  help: [
    'ferry ask --state DIR [--timeout MS] < REQUEST',
    '',
    'Hands a request (JSON on standard input: {"id":…,"command":"status"|"pause"|"resume"|"stop"|"rate"|…}) to the engine',
    'that runs on DIR and prints its answer: {ok: true, result}, or {ok: false, code, detail, fix, facts} and exit code 1.',
  ].join('\n'),
  run: async (args, io) => {
    const { values } = readArguments('ask', args, { state: { type: 'string' }, timeout: { type: 'string' } });
    if (values.state === undefined) throw wrongUse('ask', '--state is needed');
    const timeoutMs = values.timeout === undefined ? 10_000 : readNumber('ask', 'timeout', values.timeout);
    const request = ControlRequest.safeParse(parseInput('ask', await readInput('ask', io.stdin)));
    if (!request.success) throw wrongUse('ask', 'the request is not valid');
    const print = (answer: object) => void io.stdout.write(`${JSON.stringify(answer)}\n`);
    try {
      print({ ok: true, result: await askEngine(values.state, request.data, timeoutMs) });
      return 0;
    } catch (thrown) {
      const { code, detail, fix, facts } = toFerryError(thrown);
      print({ ok: false, code, detail, fix, facts });
      return 1;
    }
  },
};
