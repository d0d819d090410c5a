import type { CommandEntry } from './command.ts';
import { command as ask } from './commands/ask.ts';
import { command as check } from './commands/check.ts';
import { command as decode } from './commands/decode.ts';
import { command as follow } from './commands/follow.ts';
import { command as forget } from './commands/forget.ts';
import { command as importFile } from './commands/import.ts';
import { command as inspect } from './commands/inspect.ts';
import { command as launch } from './commands/launch.ts';
import { command as machine } from './commands/machine.ts';
import { command as migrate } from './commands/migrate.ts';
import { command as preflight } from './commands/preflight.ts';
import { command as preview } from './commands/preview.ts';
import { command as reap } from './commands/reap.ts';
import { command as status } from './commands/status.ts';
import { fence, pause, rate, resume, stop, unfence } from './commands/steer.ts';

/**
 * Every command, by name. A new one is a module under commands/ that exports `command`, and a line here.
 *
 * All are imported at once: in one file, modules that are loaded later are wrapped in functions, which are parsed twice.
 * A migration starts 40 ms earlier for it, by 2026's Node 20.
 */
export const commands: Record<string, CommandEntry> = {
  migrate: { summary: 'copies a source to a target, and follows it', command: migrate },
  preflight: { summary: 'asks whether a migration may start', command: preflight },
  check: { summary: 'compares source and target and lists conflicts', command: check },
  decode: { summary: 'prints an RDB or AOF as JSON lines', command: decode },
  import: { summary: "makes a job file of another tool's configuration", command: importFile },
  status: { summary: 'shows how far a run is', command: status },
  pause: { summary: 'stops writing to the target for now', command: pause },
  resume: { summary: 'goes on after a pause', command: resume },
  rate: { summary: 'sets other limits', command: rate },
  stop: { summary: 'ends a run, to be resumed or not', command: stop },
  fence: { summary: 'holds writes at the source', command: fence },
  unfence: { summary: 'lets the source take writes again', command: unfence },
  forget: { summary: 'leaves nothing of migrations on a target', command: forget },
  launch: {
    summary: 'starts an engine that outlives its caller',
    isHidden: true,
    command: launch,
  },
  follow: { summary: 'sends the events of a run', isHidden: true, command: follow },
  ask: { summary: 'hands a request to an engine', isHidden: true, command: ask },
  reap: { summary: 'confirms that a run is over', isHidden: true, command: reap },
  inspect: { summary: 'what files hold', isHidden: true, command: inspect },
  preview: { summary: 'what rules make of some keys', isHidden: true, command: preview },
  machine: { summary: 'what this machine is and has', isHidden: true, command: machine },
};
