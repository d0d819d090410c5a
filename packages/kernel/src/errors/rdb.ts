import type { ErrorArea } from './spec.ts';

const damaged = { http: 422, exit: 1, retry: false } as const;

export const rdbErrors = {
  'rdb.corrupt': {
    ...damaged,
    title: 'The RDB data is damaged at byte {offset}: {reason}',
    fix: 'Take the file or the copy again; a server tells with redis-check-rdb whether its own file is whole.',
  },
  'rdb.truncated': {
    ...damaged,
    title: 'The RDB data ends at byte {offset}, in the middle of a record',
    fix: 'Take the file again and compare its size with the original: the end is missing.',
  },
  'rdb.bad_magic': {
    ...damaged,
    title: 'This is not RDB data: it does not start with REDIS or VALKEY',
    fix: 'Name an RDB file (plain, .gz or .zst), an AOF file or an appendonlydir.',
  },
  'rdb.unsupported': {
    ...damaged,
    title: 'The RDB data holds {what} {number} at byte {offset}, which this version cannot read',
    fix: 'Read the source by redis-scan://, which copies such keys as the server gives them, or use a newer ferry.',
  },
  'rdb.commands_follow': {
    ...damaged,
    title: '{file} is an AOF: commands follow its RDB at byte {offset}',
    fix: 'Name it as aof:{file}, so that they are not left out.',
  },
} as const satisfies ErrorArea;
