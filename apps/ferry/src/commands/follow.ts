import { once } from 'node:events';
import fs from 'node:fs';
import { isSuspended, lockHolder, stateFiles } from '@cacheferry/engine';
import { readArguments, readNumber, wrongUse } from '../arguments.ts';
import type { CommandIo, CommandModule } from '../command.ts';
import { readEngineEnd } from '../host/engine-end.ts';
import { EventTail } from '../host/event-tail.ts';
import { isKept } from '../host/launch-record.ts';

const pollMs = 100;

/** `ferry follow`: sends the events of a run as they come, and ends with the engine. */
export const command: CommandModule = {
  help: [
    'ferry follow --state DIR [--after SEQ] [--beat MS] [--while-stdin]',
    '',
    'Prints the lines of DIR/events.jsonl with a number above SEQ (default 0), waits for more, and ends with exit code 0',
    'when no engine is left and everything was printed. Beside the events it prints lines without a number:',
    '{"type":"beat",…} when all is printed that there is, then every --beat milliseconds (default 5000);',
    '{"type":"gone",exitCode,signal,lastLines,error} last. --while-stdin: ends too when standard input does.',
  ].join('\n'),
  run: async (args, io) => {
    const { values } = readArguments('follow', args, {
      state: { type: 'string' },
      after: { type: 'string' },
      beat: { type: 'string' },
      'while-stdin': { type: 'boolean' },
    });
    if (values.state === undefined) throw wrongUse('follow', '--state is needed');
    const after = values.after === undefined ? 0 : readNumber('follow', 'after', values.after);
    const beatMs = values.beat === undefined ? 5_000 : readNumber('follow', 'beat', values.beat);
    const stop = new AbortController();
    const end = () => stop.abort();
    io.signal.addEventListener('abort', end);
    io.stdout.once('error', end);
    if (values['while-stdin']) io.stdin.on('end', end).on('error', end).resume();
    await follow(stateFiles(values.state).dir, { after, beatMs }, io, stop.signal);
    return io.signal.aborted ? 130 : 0;
  },
};

type Settings = { after: number; beatMs: number };

async function follow(dir: string, { after, beatMs }: Settings, io: CommandIo, stop: AbortSignal): Promise<void> {
  const tail = new EventTail(stateFiles(dir).eventsFile, after);
  const print = async (line: object) => send(io, `${JSON.stringify(line)}\n`, stop);
  let beatAt = Number.NEGATIVE_INFINITY;
  try {
    while (!stop.aborted) {
      // Asked before reading: what an engine wrote before its end is then in the file.
      const isComing = isKept(dir);
      const engine = fs.existsSync(dir) ? lockHolder(dir) : null;
      const bytes = tail.read();
      if (bytes.length > 0) {
        await send(io, bytes, stop);
        continue;
      }
      if (!engine && !isComing) return await print({ type: 'gone', seq: tail.seq, ...readEngineEnd(dir) });
      const now = io.clock.monotonic();
      if (now - beatAt >= beatMs) {
        beatAt = now;
        const pid = engine?.pid ?? null;
        await print({ type: 'beat', seq: tail.seq, pid, isSuspended: pid !== null && isSuspended(pid) });
      }
      await nap(io, stop);
    }
  } finally {
    tail.close();
  }
}

/** Waits while the reader is slower than we are. */
async function send(io: CommandIo, bytes: Buffer | string, stop: AbortSignal): Promise<void> {
  if (stop.aborted || io.stdout.write(bytes)) return;
  try {
    await once(io.stdout, 'drain', { signal: stop });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

async function nap(io: CommandIo, stop: AbortSignal): Promise<void> {
  try {
    await io.clock.sleep(pollMs, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}
