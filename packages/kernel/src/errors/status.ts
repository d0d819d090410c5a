import type { ErrorArea } from './spec.ts';

export const statusErrors = {
  'status.cannot_listen': {
    http: 500,
    exit: 1,
    retry: false,
    title: 'The port {port} on {host} cannot be opened: {reason}',
    fix: 'Choose another with --metrics-port or --status-port.',
  },
} as const satisfies ErrorArea;
