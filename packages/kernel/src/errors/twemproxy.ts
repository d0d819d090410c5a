import type { ErrorArea } from './spec.ts';

/** What can be wrong with the configuration of a twemproxy. */
export const twemproxyErrors = {
  'twemproxy.unreadable': {
    http: 422,
    exit: 1,
    retry: false,
    title: '{path} cannot be read: {reason}',
    fix: 'Give the path of the nutcracker.yml on the machine that runs the migration.',
  },
  'twemproxy.invalid': {
    http: 422,
    exit: 64,
    retry: false,
    title: '{path} is no configuration of twemproxy: {problem}',
    fix: 'Give the file that the proxy itself runs with; nutcracker --test-conf --conf-file={path} checks it.',
  },
  'twemproxy.unknown_hash': {
    http: 422,
    exit: 64,
    retry: false,
    title: 'The pool {pool} has the hash {hash}, which is unknown',
    fix: 'Use one of: {known}.',
  },
  'twemproxy.unknown_pool': {
    http: 422,
    exit: 64,
    retry: false,
    title: '{path} has no pool {pool}',
    fix: 'Name one of its pools with ?pool=: {known}.',
  },
  'twemproxy.pool_needed': {
    http: 422,
    exit: 64,
    retry: false,
    title: '{path} has several pools',
    fix: 'Name one of them with ?pool=: {known}.',
  },
  'twemproxy.not_redis': {
    http: 422,
    exit: 64,
    retry: false,
    title: 'The pool {pool} is of memcached servers',
    fix: 'Choose a pool with redis: true, or give its servers as memcached://host:port,….',
  },
  'twemproxy.stray_key': {
    http: 409,
    exit: 1,
    retry: false,
    title: '{endpoint} has the key {key}, which the pool has on another server: it is left out',
    fix: 'Nothing, if the proxy never gave that key to clients. Else the file is not the one that the proxy ran with.',
  },
  'twemproxy.no_placement': {
    http: 422,
    exit: 64,
    retry: false,
    title: 'The pool {pool} puts keys on any server (distribution random)',
    fix: 'Give its servers one by one as redis://host:port, or choose a pool with ketama or modula.',
  },
} as const satisfies ErrorArea;
