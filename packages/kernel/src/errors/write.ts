import type { ErrorArea } from './spec.ts';

const final = { http: 409, exit: 1, retry: false } as const;

/** What can go wrong while batches and their checkpoints are written to a target. */
export const writeErrors = {
  'target.lost_history': {
    ...final,
    title: '{endpoint} no longer holds what this migration wrote: its checkpoint is gone or too old',
    fix: 'The target was flushed, restarted empty or replaced. Start anew with an empty target and a new state directory.',
  },
  'target.refused': {
    http: 422,
    exit: 1,
    retry: true,
    title: '{endpoint} refused {command}: {reason}',
    fix: 'The element is left out and counted as lost; look at the list of lost elements.',
  },
  'target.command_failed': {
    ...final,
    title: 'A replicated {command} failed on {endpoint}: {reason}',
    fix: 'The target differs there from the source, as when others write to it. Run ferry check --repair.',
  },
  'target.value_too_large': {
    http: 422,
    exit: 1,
    retry: false,
    title: 'A value of {bytes} bytes is above the limit of {endpoint}, {limit} bytes',
    fix: 'Raise proto-max-bulk-len of {endpoint}, or accept the loss with --accept too_large.',
  },
  'target.evicted_checkpoint': {
    ...final,
    title: '{endpoint} evicted the checkpoint of this migration',
    fix: 'Set maxmemory-policy noeviction, or raise maxmemory. Then start anew with an empty target.',
  },
  'checkpoint.corrupt': {
    ...final,
    title: 'The checkpoint on {endpoint} cannot be read',
    fix: 'It was changed by others, or written by a newer ferry. Start anew with an empty target and a new state directory.',
  },
  'migration.resync_refused': {
    ...final,
    title: 'The source needs a new full sync ({reason}), but the target held other keys before this migration',
    fix: 'Its own keys cannot be told apart from those. Empty the target, or start again with --on-conflict overwrite.',
  },
  'migration.option_unsupported': {
    http: 422,
    exit: 64,
    retry: false,
    title: 'A migration of this kind cannot use {option}',
    fix: 'Leave {option} out.',
  },
} as const satisfies ErrorArea;
