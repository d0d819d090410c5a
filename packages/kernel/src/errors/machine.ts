import type { ErrorArea } from './spec.ts';

export const machineErrors = {
  'machine.not_found': {
    http: 422,
    exit: 1,
    retry: false,
    title: 'There is no such machine',
    fix: 'It may have been removed. Choose another one.',
  },
  'machine.untrusted': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'The host key of {name} was never confirmed',
    fix: 'Compare its fingerprint with the one on the machine, then let an administrator trust it.',
  },
  'machine.key_not_seen': {
    http: 409,
    exit: 1,
    retry: false,
    title: '{name} does not show that host key',
    fix: 'Probe the machine again and compare the fingerprint that it shows now.',
  },
  'machine.in_use': {
    http: 409,
    exit: 1,
    retry: false,
    title: '{name} is in use by {migrations}',
    fix: 'Stop that work first, or drain the machine and wait.',
  },
  'machine.draining': {
    http: 409,
    exit: 1,
    retry: true,
    title: '{name} takes no new work',
    fix: 'Choose another machine, or end its draining.',
  },
  'machine.local_fixed': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'This machine has no {field} to change',
    fix: 'Change its name, labels or slots only.',
  },
  'machine.local_stays': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'The machine that runs the control plane cannot be removed',
    fix: 'Drain it, so that it takes no new work.',
  },
  'machine.only_one_local': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'The local machine is there already',
    fix: 'Add other machines by SSH.',
  },
} as const satisfies ErrorArea;
