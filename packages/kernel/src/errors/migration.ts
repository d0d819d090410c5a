import type { ErrorArea } from './spec.ts';

export const migrationErrors = {
  'migration.invalid_transition': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'A migration that is {state} cannot {event}',
    fix: 'Wait for its state to change, or choose another action.',
  },
  'migration.incomplete': {
    http: 409,
    exit: 1,
    retry: false,
    title: '{count} elements did not arrive: {classes}',
    fix: 'Look at the list of lost elements. Accept their class beforehand with --accept {classes}.',
  },
  'migration.stopped': {
    http: 409,
    exit: 130,
    retry: false,
    title: 'The migration was stopped',
    fix: 'Start it again: it goes on from its checkpoint.',
  },
  'migration.not_available': {
    http: 409,
    exit: 64,
    retry: false,
    title: 'This version cannot {event} a migration',
    fix: 'Do it by hand: fence the source, wait until the lag is 0, then move the clients.',
  },
  'migration.preflight_failed': {
    http: 409,
    exit: 3,
    retry: false,
    title: 'The preflight found {count} reasons not to start: {rows}',
    fix: 'Remove their causes and run the preflight again. An administrator may override them with a reason.',
  },
  'migration.preflight_stale': {
    http: 409,
    exit: 3,
    retry: false,
    title: 'The preflight was made for other endpoints or settings',
    fix: 'Run the preflight again for this migration.',
  },
  'migration.preflight_running': {
    http: 409,
    exit: 3,
    retry: true,
    title: 'The preflight is not finished',
    fix: 'Wait until it has its result.',
  },
  'migration.not_ended': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'The migration {name} has not ended',
    fix: 'Stop it first.',
  },
  'migration.one_machine': {
    http: 422,
    exit: 64,
    retry: false,
    title: 'This version runs a migration on one machine',
    fix: 'Choose one machine.',
  },
} as const satisfies ErrorArea;
