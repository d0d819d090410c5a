import type { ErrorArea } from './spec.ts';

export const filterErrors = {
  'filter.partial': {
    http: 409,
    exit: 1,
    retry: false,
    title:
      'A command joined keys inside and outside of the rules; the keys that it made are taken from the source anew',
    fix: 'Nothing, unless it is listed among the lost elements: then repair what differs with ferry check --repair.',
  },
  'filter.target_filled': {
    http: 409,
    exit: 1,
    retry: false,
    title:
      'The target {endpoint} holds keys already: one of them could be taken for a key of the source that a rule about type, ttl or size leaves out',
    fix: 'Empty the target, or use --mode full, or rules by name. Keys that were there before an earlier run count too.',
  },
  'filter.cannot_follow': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'The source ran {command}, which cannot be followed under the rules of this migration',
    fix: 'Leave it out with --exclude cmd:{command}, or give every database its own on the target, and start anew.',
  },
} as const satisfies ErrorArea;
