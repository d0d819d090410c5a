import type { ErrorArea } from './spec.ts';

export const queueErrors = {
  'queue.unreachable': {
    http: 503,
    exit: 1,
    retry: true,
    title: 'The job queue at {server} cannot be reached: {reason}',
    fix: 'Start that Redis, or correct REDIS_URL. Without REDIS_URL the jobs are kept in the database.',
  },
  'queue.unavailable': {
    http: 503,
    exit: 1,
    retry: true,
    title: 'The job queue does not answer',
    fix: 'It is tried again by itself. Look at the database, or at the Redis that REDIS_URL names.',
  },
} as const satisfies ErrorArea;
