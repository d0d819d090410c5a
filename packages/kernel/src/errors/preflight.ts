import type { ErrorArea } from './spec.ts';

export const preflightErrors = {
  'preflight.blocked': {
    http: 422,
    exit: 3,
    retry: false,
    title: 'The preflight does not let it start: {rows}',
    fix: 'Do what the rows say: {fixes}',
  },
  'preflight.timed_out': {
    http: 504,
    exit: 3,
    retry: true,
    title: 'The check {check} did not end within {seconds} s',
    fix: 'Look whether the server is overloaded or the network drops packets, then ask again.',
  },
  'preflight.target_in_use': {
    http: 409,
    exit: 3,
    retry: false,
    title: '{endpoint} holds the checkpoint of another migration ({tasks})',
    fix: 'Finish or stop that migration first. If it no longer exists, remove its checkpoint.',
  },
} as const satisfies ErrorArea;
