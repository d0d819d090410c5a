import type { ErrorArea } from './spec.ts';

export const targetErrors = {
  'target.out_of_memory': {
    http: 409,
    exit: 1,
    retry: true,
    title: '{endpoint} is out of memory',
    fix: 'Raise maxmemory on {endpoint}; the migration goes on by itself.',
  },
  'target.evicting': {
    http: 409,
    exit: 1,
    retry: true,
    title: '{endpoint} evicts keys: {keys} since the migration began, and they are not brought back',
    fix: 'Raise maxmemory on {endpoint} and refuse writes in place of evicting (CONFIG SET maxmemory-policy noeviction), then run a check with --repair.',
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
    fix: 'Empty the target, or choose --on-conflict overwrite or --on-conflict skip.',
  },
  'target.library_exists': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'The target already has a library of functions {library} with other code',
    fix: 'Delete it there (FUNCTION DELETE {library}), or choose --on-conflict overwrite or --on-conflict skip.',
  },
  'target.failover': {
    http: 409,
    exit: 1,
    retry: true,
    title: 'The primary of the target moved from {endpoint} to {to}',
    fix: 'Nothing: the migration goes on there by itself, and sends again what the new primary does not have.',
  },
  'target.file_exists': {
    http: 409,
    exit: 1,
    retry: false,
    title: '{path} exists already',
    fix: 'Name another file, or choose --on-conflict overwrite to replace it.',
  },
  'target.file_count': {
    http: 422,
    exit: 64,
    retry: false,
    title: 'The files that are named ({files}) are not one for each shard of the source ({shards})',
    fix: 'Name one file, which is then numbered, or one for each shard.',
  },
  'target.no_zstd': {
    http: 422,
    exit: 64,
    retry: false,
    title: '{path} cannot be packed by zstd',
    fix: 'Name a file that ends with .rdb or .rdb.gz.',
  },
} as const satisfies ErrorArea;
