import type { ErrorArea } from './spec.ts';

export const controlErrors = {
  'control.db_unavailable': {
    http: 503,
    exit: 1,
    retry: true,
    title: 'The database does not answer',
    fix: 'Wait: it is tried again by itself. If it stays away, look at the log of PostgreSQL.',
  },
  'control.secret_unreadable': {
    http: 503,
    exit: 1,
    retry: false,
    title: 'A stored secret cannot be opened with the key of this installation',
    fix: 'Start with the right FERRY_SECRET_KEY, or enter the secret of {object} again.',
  },
} as const satisfies ErrorArea;
