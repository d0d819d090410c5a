import { FerryError, systemClock } from '@cacheferry/kernel';
import type { CommandIo } from './command.ts';
import { commands } from './commands.ts';
import { readConfig } from './config.ts';
import { describeEnd, type ExitCode } from './exit.ts';
import { hidePasswords } from './redact.ts';
import { version } from './version.ts';

/** Runs one command line and returns its exit code; every failure becomes one line on stderr. */
async function run(argv: string[], signal: AbortSignal): Promise<ExitCode> {
  try {
    const [name, ...args] = argv;
    if (name === '--version' || name === 'version') return print(versionText());
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') return print(helpText());
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!entry) throw new FerryError('usage.invalid', { command: '', problem: 'there is no such command' });
    const { command } = entry;
    if (args.includes('--help') || args.includes('-h')) return print(command.help);
    const { stdin, stdout, stderr } = process;
    const io: CommandIo = { config: readConfig(), clock: systemClock, stdin, stdout, stderr, signal };
    return await command.run(args, io);
  } catch (error) {
    const { line, code } = describeEnd(error);
    process.stderr.write(`${line}\n`);
    return code;
  }
}

function print(text: string): ExitCode {
  process.stdout.write(`${text}\n`);
  return 0;
}

function versionText(): string {
  return JSON.stringify({ version, node: process.version, platform: process.platform, arch: process.arch });
}

function helpText(): string {
  const shown = Object.entries(commands).filter(([, entry]) => !entry.isHidden);
  const lines = shown.map(([name, entry]) => `  ${name.padEnd(10)} ${entry.summary}`);
  return [
    'ferry COMMAND …',
    '',
    ...lines,
    '',
    'ferry COMMAND --help says more. ferry --version prints version and platform as JSON.',
  ].join('\n');
}

/** The first signal asks to stop in order; a second one ends the process at once, which is safe too. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new FerryError('migration.stopped'));
    });
  return controller.signal;
}

/** Resolves when a slow reader has everything that was printed, or is gone: leaving earlier would cut it off. */
function allWritten(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

const argv = process.argv.slice(2);
hidePasswords(argv, (title) => {
  process.title = title;
});
// A reader that went away ends what is printed, not what is done.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
void run(argv, stopOnSignals()).then(async (code) => {
  await Promise.all([process.stdout, process.stderr].map(allWritten));
  process.exit(code);
});
