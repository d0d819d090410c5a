import { counted } from '@cacheferry/kernel';
import type { Check, Finding } from '../check.ts';
import { inFiles } from './file-complete.ts';

/** Keys of the source's files whose time has passed since they were written. */
export const fileExpired: Check = {
  id: 'file.expired',
  ...inFiles(({ keys, expired }) => judgeExpired(keys, expired)),
  outcomes: {
    none: { status: 'pass', message: 'None of the {keys} {keys|key|keys} that {keys|was|were} looked at has expired' },
    some: {
      status: 'warn',
      message:
        '{expired} of the {keys} {keys|key|keys} that {keys|was|were} looked at {expired|has|have} expired since the file was written',
      fix: 'They are left out. Take a newer file if they are needed.',
    },
  },
};

/** Keys that were looked at, and those of them whose time has passed. */
export function judgeExpired(keys: number, expired: number): Finding {
  const outcome = expired > 0 ? 'some' : 'none';
  return { outcome, observed: counted(expired, 'key'), expected: '0 keys', facts: { keys, expired } };
}
