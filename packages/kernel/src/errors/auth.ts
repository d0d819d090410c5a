import type { ErrorArea } from './spec.ts';

export const authErrors = {
  'auth.required': {
    http: 401,
    exit: 1,
    retry: false,
    title: 'You are not signed in',
    fix: 'Sign in, then try again.',
  },
  'auth.failed': {
    http: 401,
    exit: 1,
    retry: false,
    title: 'User name or password is wrong',
    fix: 'Check both and try again.',
  },
  'auth.too_many_tries': {
    http: 429,
    exit: 1,
    retry: true,
    title: 'Too many sign-in attempts',
    fix: 'Wait {minutes} min, then try again.',
  },
  'auth.csrf': {
    http: 403,
    exit: 1,
    retry: false,
    title: 'The request did not come from this page',
    fix: 'Reload the page and try again. Scripts send a bearer token.',
  },
  'auth.forbidden': {
    http: 403,
    exit: 1,
    retry: false,
    title: 'This needs the role {role}',
    fix: 'Ask an administrator.',
  },
  'auth.wrong_password': {
    http: 422,
    exit: 1,
    retry: false,
    title: 'The current password is wrong',
    fix: 'Type the password that you signed in with.',
  },
  'auth.weak_password': {
    http: 422,
    exit: 1,
    retry: false,
    title: 'This password is too easy to guess',
    fix: 'Choose a longer one that is not a common phrase and does not hold the user name.',
  },
  'auth.password_change_needed': {
    http: 403,
    exit: 1,
    retry: false,
    title: 'The first password must be changed',
    fix: 'Choose a password of your own first.',
  },
  'auth.last_admin': {
    http: 409,
    exit: 1,
    retry: false,
    title: '{username} is the last administrator',
    fix: 'Make another user an administrator first.',
  },
} as const satisfies ErrorArea;
