import type { ErrorArea } from './spec.ts';

export const startErrors = {
  'start.port_in_use': {
    http: 500,
    exit: 1,
    retry: false,
    title: 'Port {port} on {host} is in use by another program',
    fix: 'Stop that program, or choose another port: PORT={next} npm start.',
  },
  'start.cannot_listen': {
    http: 500,
    exit: 1,
    retry: false,
    title: 'The server cannot listen on {host}, port {port}: {reason}',
    fix: 'Correct HOST and PORT. Ports below 1024 need a privilege.',
  },
  'start.home_not_writable': {
    http: 500,
    exit: 1,
    retry: false,
    title: 'The folder {dir} cannot be used: {reason}',
    fix: 'Give this user the right to write there, or name another folder by FERRY_HOME.',
  },
  'start.bad_key_file': {
    http: 500,
    exit: 1,
    retry: false,
    title: 'The key in {file} is not 32 bytes of base64',
    fix: 'Restore that file from the backup. Without its key the stored passwords cannot be read.',
  },
} as const satisfies ErrorArea;
