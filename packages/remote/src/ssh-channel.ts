import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { FerryError, printableKey } from '@cacheferry/kernel';
import type { ClientChannel } from 'ssh2';
import type { Channel } from './channel.ts';
import { DropNoise } from './drop-noise.ts';
import { signalCode } from './local-channel.ts';
import { quoteCommand } from './quote-command.ts';

/**
 * Marks where the program's own output starts and which process it is, asks programs for English, then becomes the
 * program. Never changed by input.
 */
const starter = [
  'umask 077; LC_ALL=C; FERRY_CHANNEL=$1; export LC_ALL FERRY_CHANNEL',
  'if [ -n "$2" ]; then FERRY_FILE_ROOTS=$2; export FERRY_FILE_ROOTS; fi; shift 2',
  'printf "\\n%s %s\\n" "$FERRY_CHANNEL" $$; printf "\\n%s %s\\n" "$FERRY_CHANNEL" $$ >&2',
  'exec "$@"',
].join('\n');

/** Ends a process that still carries the marker: never another one that was given the same number since. */
const killer = 'grep -aq -- "FERRY_CHANNEL=$2" "/proc/$1/environ" && kill -KILL "$1"';

/**
 * The command line that starts a program behind a marker. Without input it reads `/dev/null`, not the channel: as long as
 * our side of a channel is open, the program can be sent a signal (ssh2 sends none after the end of input). `fileRoots`
 * are the folders that an engine may read from and write to; empty: any.
 */
export function commandLine(
  argv: readonly string[],
  { marker, hasInput, fileRoots }: { marker: string; hasInput: boolean; fileRoots: string },
): string {
  return quoteCommand(['sh', '-c', hasInput ? starter : `${starter} </dev/null`, 'sh', marker, fileRoots, ...argv]);
}

export type ChannelContext = {
  host: string;
  marker: string;
  /** Why the connection ended. */
  lost: () => Error;
  /** Runs another program there: servers refuse to signal what root runs. */
  run: (argv: readonly string[]) => void;
};

/** Makes a Channel of an SSH channel whose command was built by `commandLine`. */
export function sshChannel(raw: ClientChannel, context: ChannelContext): Channel {
  const { host, marker } = context;
  const stdout = new DropNoise(marker);
  const stderr = new DropNoise(marker);
  raw.on('error', () => {}).setMaxListeners(20);
  connect(raw, stdout, raw);
  connect(raw.stderr, stderr, raw);
  const noise = noiseError(stdout, host);
  const over = endOf(raw, stdout, stderr, context.lost).then((code) => whole(code, stdout, host));
  const ended = Promise.race([noise, over]);
  ended.catch(() => {});
  let isOver = false;
  raw.once('close', () => {
    isOver = true;
  });
  const abandon = () => {
    if (isOver) return;
    raw.signal('KILL');
    if (stdout.pid !== null) context.run(['sh', '-c', killer, 'sh', String(stdout.pid), marker]);
    raw.close();
  };
  return { stdin: raw, stdout, stderr, ended, abandon };
}

function connect(from: Readable, to: DropNoise, raw: ClientChannel): void {
  from.pipe(to);
  to.on('error', () => {
    from.unpipe(to);
    from.resume();
    raw.close();
  });
  // After a lost connection `end` may never come; `close` does.
  raw.once('close', () => {
    if (!to.writableEnded) to.end();
  });
}

/** Waits for the end of the command and until its output was taken. */
async function endOf(raw: ClientChannel, stdout: DropNoise, stderr: DropNoise, lost: () => Error): Promise<number> {
  let code: number | null | undefined;
  let signal: string | null | undefined;
  raw.once('exit', (exitCode: number | null, exitSignal?: string) => {
    code = exitCode;
    signal = exitSignal;
  });
  const taken = [once(stdout, 'end'), once(stderr, 'end')];
  for (const each of taken) each.catch(() => {});
  await once(raw, 'close');
  await Promise.all(taken);
  if (typeof code === 'number') return code;
  if (signal) return signalCode(signal);
  throw lost();
}

function whole(code: number, stdout: DropNoise, host: string): number {
  if (stdout.pid !== null) return code;
  const said = printableKey(Buffer.from(stdout.noise.trim()));
  throw new FerryError('machine.no_shell', { host, detail: said || `the shell ended with ${code}` });
}

async function noiseError(stdout: DropNoise, host: string): Promise<never> {
  const error = await new Promise<unknown>((resolve) => stdout.once('error', resolve));
  throw new FerryError('machine.protocol', { host, reason: 'endless output at login' }, error);
}
