import type { ErrorArea } from './spec.ts';

export const engineErrors = {
  'engine.already_running': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'Another engine (process {pid}) runs on this state directory',
    fix: 'Stop it first: ferry stop --state {dir}.',
  },
  'engine.not_running': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'No engine runs on this state directory',
    fix: 'Start it: ferry migrate --state {dir}.',
  },
  'engine.fenced': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'A newer engine has taken this migration over',
    fix: 'Nothing: the newer engine goes on.',
  },
  'engine.crash_loop': {
    http: 500,
    exit: 1,
    retry: false,
    title: 'The engine died {count} times in {minutes} minutes',
    fix: 'Look at its last error, remove the cause, then start the migration again.',
  },
  'engine.command_unsupported': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'A {kind} cannot {command}',
    fix: 'Stop it, and start it again with other options.',
  },
} as const satisfies ErrorArea;
