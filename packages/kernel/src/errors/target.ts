import type { ErrorArea } from './spec.ts';

export const targetErrors = {
  'target.out_of_memory': {
    http: 409,
    exit: 1,
    retry: true,
    title: '{endpoint} is out of memory',
    fix: 'Raise maxmemory on {endpoint}; the migration goes on by itself.',
  },
  'target.read_only': {
    http: 409,
    exit: 1,
    retry: true,
    title: '{endpoint} is read-only',
    fix: 'Point the target at the primary.',
  },
  'target.key_exists': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'The target already has the key {key} in database {db}',
    fix: 'Empty the target, or choose --on-conflict overwrite or skip.',
  },
  'target.failover': {
    http: 409,
    exit: 1,
    retry: true,
    title: 'The primary of the target moved from {endpoint} to {to}',
    fix: 'Nothing: the migration goes on there by itself, and sends again what the new primary does not have.',
  },
} as const satisfies ErrorArea;
