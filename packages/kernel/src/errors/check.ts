import type { ErrorArea } from './spec.ts';

export const checkErrors = {
  'check.too_early': {
    http: 409,
    exit: 1,
    retry: true,
    title: 'A migration that is {state} has nothing to compare yet',
    fix: 'Start the full check once the full sync is done.',
  },
  'check.needs_servers': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'A full check compares servers, and an end of this migration is a file',
    fix: 'The copy itself has counted and acknowledged every key. To compare a file, migrate it to a server and look there.',
  },
  'check.already_running': {
    http: 409,
    exit: 1,
    retry: true,
    title: 'A full check of this migration runs already',
    fix: 'Wait for it, or stop it.',
  },
  'check.not_ended': {
    http: 409,
    exit: 1,
    retry: true,
    title: 'The full check is still {state}',
    fix: 'Wait until it has ended, or stop it.',
  },
  'check.invalid_transition': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'A full check that is {state} cannot {event}',
    fix: 'Start a new full check.',
  },
  'check.partial': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'The full check did not compare every key',
    fix: 'Look at its log for what broke off, then start it again.',
  },
} as const satisfies ErrorArea;
