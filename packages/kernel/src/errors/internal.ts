import type { ErrorArea } from './spec.ts';

export const internalErrors = {
  'internal.unexpected': {
    http: 500,
    exit: 1,
    retry: false,
    title: 'Something unexpected went wrong',
    fix: 'Look at the log for the cause, and report it with the lines around it.',
  },
  'usage.invalid': {
    http: 400,
    exit: 64,
    retry: false,
    title: 'The command was not understood: {problem}',
    fix: 'See ferry {command} --help.',
  },
  'config.invalid': {
    http: 500,
    exit: 64,
    retry: false,
    title: 'The configuration is wrong: {problem}',
    fix: 'Correct the named settings, then start again.',
  },
  'config.unsafe_file': {
    http: 400,
    exit: 64,
    retry: false,
    title: '{file} can be read or replaced by others',
    fix: 'Make it an ordinary file of yours with mode 0600: chmod 600 {file}.',
  },
} as const satisfies ErrorArea;
