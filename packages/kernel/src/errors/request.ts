import type { ErrorArea } from './spec.ts';

export const requestErrors = {
  'request.invalid': {
    http: 400,
    exit: 64,
    retry: false,
    title: 'The request is not valid',
    fix: 'Correct the named fields.',
  },
  'request.not_found': {
    http: 404,
    exit: 1,
    retry: false,
    title: 'There is no such {kind}',
    fix: 'It may have been deleted. Go back to the list.',
  },
  'request.too_large': {
    http: 413,
    exit: 64,
    retry: false,
    title: 'The request is too large',
    fix: 'Send less than {limit}.',
  },
  'request.duplicate_name': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'The name {name} is taken',
    fix: 'Choose another name.',
  },
  'request.idempotency_conflict': {
    http: 422,
    exit: 1,
    retry: false,
    title: 'This Idempotency-Key was used with another request',
    fix: 'Use a new key for a new request.',
  },
} as const satisfies ErrorArea;
