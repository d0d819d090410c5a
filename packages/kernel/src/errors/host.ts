import type { ErrorArea } from './spec.ts';

/** The machine that runs the engine: its disk and its files. */
export const hostErrors = {
  'host.disk_full': {
    http: 507,
    exit: 1,
    retry: true,
    title: 'The disk of {path} is full',
    fix: 'Free space on that disk, or use a state directory on another one (--state).',
  },
  'host.file_failed': {
    http: 500,
    exit: 1,
    retry: false,
    title: '{path} cannot be used: {reason}',
    fix: 'Check that the file or folder exists and that this user may read and write it.',
  },
  'config.unsafe_directory': {
    http: 400,
    exit: 64,
    retry: false,
    title: '{dir} is not a folder of this user',
    fix: 'Name another state directory, or give this one to the user that runs ferry: chown and chmod 0700.',
  },
  'config.path_forbidden': {
    http: 403,
    exit: 64,
    retry: false,
    title: '{path} lies outside of the folders that this machine allows',
    fix: 'Put the file into one of the folders that FERRY_FILE_ROOTS names, or add its folder there.',
  },
} as const satisfies ErrorArea;
