import type { ErrorArea } from './spec.ts';

export const runErrors = {
  'run.lease_lost': {
    http: 409,
    exit: 1,
    retry: true,
    title: 'Another worker looks after {id} now',
    fix: 'Nothing: that worker goes on with it.',
  },
  'run.engine_refused': {
    http: 502,
    exit: 1,
    retry: false,
    title: 'The engine did not start: {reason}',
    fix: '{fix}',
  },
  'run.out_of_contact': {
    http: 504,
    exit: 1,
    retry: true,
    title: 'The machine has not been heard of for {seconds} s',
    fix: 'Check the machine and its network. The engine goes on by itself; it is looked for all the time.',
  },
} as const satisfies ErrorArea;
