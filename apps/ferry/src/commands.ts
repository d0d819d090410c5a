import type { CommandEntry } from './command.ts';

/** Every command, by name. A new one is a module under commands/ that exports `command`, and a line here. */
export const commands: Record<string, CommandEntry> = {
  migrate: { summary: 'copies a source to a target, and follows it', load: () => import('./commands/migrate.ts') },
  preflight: { summary: 'asks whether a migration may start', load: () => import('./commands/preflight.ts') },
  check: { summary: 'compares source and target and lists conflicts', load: () => import('./commands/check.ts') },
  decode: { summary: 'prints an RDB or AOF as JSON lines', load: () => import('./commands/decode.ts') },
  import: { summary: "makes a job file of another tool's configuration", load: () => import('./commands/import.ts') },
  status: { summary: 'shows how far a run is', load: () => import('./commands/status.ts') },
  pause: { summary: 'stops writing to the target for now', load: () => steering('pause') },
  resume: { summary: 'goes on after a pause', load: () => steering('resume') },
  rate: { summary: 'sets other limits', load: () => steering('rate') },
  stop: { summary: 'ends a run, to be resumed or not', load: () => steering('stop') },
  fence: { summary: 'holds writes at the source', load: () => steering('fence') },
  unfence: { summary: 'lets the source take writes again', load: () => steering('unfence') },
  forget: { summary: 'leaves nothing of migrations on a target', load: () => import('./commands/forget.ts') },
  launch: {
    summary: 'starts an engine that outlives its caller',
    isHidden: true,
    load: () => import('./commands/launch.ts'),
  },
  follow: { summary: 'sends the events of a run', isHidden: true, load: () => import('./commands/follow.ts') },
  ask: { summary: 'hands a request to an engine', isHidden: true, load: () => import('./commands/ask.ts') },
  reap: { summary: 'confirms that a run is over', isHidden: true, load: () => import('./commands/reap.ts') },
  inspect: { summary: 'what files hold', isHidden: true, load: () => import('./commands/inspect.ts') },
  preview: { summary: 'what rules make of some keys', isHidden: true, load: () => import('./commands/preview.ts') },
  machine: { summary: 'what this machine is and has', isHidden: true, load: () => import('./commands/machine.ts') },
};

type Steering = 'pause' | 'resume' | 'rate' | 'stop' | 'fence' | 'unfence';

async function steering(name: Steering): ReturnType<CommandEntry['load']> {
  const commands = await import('./commands/steer.ts');
  return { command: commands[name] };
}
