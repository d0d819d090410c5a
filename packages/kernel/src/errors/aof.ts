import type { ErrorArea } from './spec.ts';

const damaged = { http: 422, exit: 1, retry: false } as const;

export const aofErrors = {
  'aof.corrupt': {
    ...damaged,
    title: 'The AOF {file} is damaged at byte {offset}: {reason}',
    fix: 'Let the server that wrote it make a new one (BGREWRITEAOF), or repair a copy with redis-check-aof --fix.',
  },
  'aof.truncated': {
    ...damaged,
    title: 'The AOF {file} ends at byte {offset} in the middle, though other files follow it',
    fix: 'Copy the whole appendonlydir again: only the last file may be cut off.',
  },
  'aof.bad_manifest': {
    ...damaged,
    title: 'The manifest {file} cannot be used: {reason}',
    fix: 'Copy the whole appendonlydir again, while no rewrite is under way.',
  },
} as const satisfies ErrorArea;
