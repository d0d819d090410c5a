import type { ErrorArea } from './spec.ts';

export const httpErrors = {
  'request.no_route': {
    http: 404,
    exit: 1,
    retry: false,
    title: 'There is nothing at this address',
    fix: 'Look the address up at /api/docs.',
  },
  'request.wrong_method': {
    http: 405,
    exit: 64,
    retry: false,
    title: 'This address does not take {method}',
    fix: 'Use one of: {allowed}.',
  },
  'request.wrong_type': {
    http: 415,
    exit: 64,
    retry: false,
    title: 'The body is not JSON',
    fix: 'Send JSON with the header content-type: application/json.',
  },
  'request.wrong_host': {
    http: 421,
    exit: 64,
    retry: false,
    title: 'This server does not answer under the name {host}',
    fix: 'Open it by its own address, or name this one in FERRY_ALLOWED_HOSTS.',
  },
  'request.too_slow': {
    http: 408,
    exit: 1,
    retry: true,
    title: 'The request did not arrive in time',
    fix: 'Send it again.',
  },
  'request.headers_too_large': {
    http: 431,
    exit: 64,
    retry: false,
    title: 'The headers of the request are too large',
    fix: 'Send fewer or shorter headers; deleting the cookies of this site may help.',
  },
  'request.malformed': {
    http: 400,
    exit: 64,
    retry: false,
    title: 'The request is not valid HTTP',
    fix: 'Correct the program that sent it.',
  },
  'request.too_many_streams': {
    http: 429,
    exit: 1,
    retry: true,
    title: 'There are {limit} open event streams already',
    fix: 'Close some of them, then try again.',
  },
  'request.too_many_exports': {
    http: 429,
    exit: 1,
    retry: true,
    title: 'There are {limit} downloads under way already',
    fix: 'Wait until one of them has ended, then try again.',
  },
  'request.stopping': {
    http: 503,
    exit: 1,
    retry: true,
    title: 'This server is stopping',
    fix: 'Try again in some seconds.',
  },
} as const satisfies ErrorArea;
