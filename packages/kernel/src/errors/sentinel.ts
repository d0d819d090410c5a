import type { ErrorArea } from './spec.ts';

export const sentinelErrors = {
  'sentinel.unreachable': {
    http: 502,
    exit: 1,
    retry: true,
    title: 'None of the sentinels answers: {sentinels}',
    fix: 'Check hosts, ports and firewall of the sentinels from the machine that runs the migration.',
  },
  'sentinel.unknown_master': {
    http: 422,
    exit: 1,
    retry: false,
    title: 'The sentinels at {sentinels} watch no primary of the name {name}',
    fix: 'Correct the name at the end of the address: SENTINEL MASTERS lists those that are watched.',
  },
  'sentinel.disagree': {
    http: 409,
    exit: 1,
    retry: true,
    title: 'The sentinels name several primaries of {name}: {named}',
    fix: 'Heal the network between the sentinels, or remove those that no longer belong there (SENTINEL RESET {name}).',
  },
  'sentinel.no_primary': {
    http: 503,
    exit: 1,
    retry: true,
    title: 'No server that the sentinels name for {name} is a primary now: {named}',
    fix: 'Wait for the failover to end. If it does not, look at SENTINEL MASTER {name}.',
  },
} as const satisfies ErrorArea;
