import type { Check, Finding } from '../check.ts';
import { lookIntoFiles } from '../look-into-files.ts';
import { isFile, neededFirst } from './file-complete.ts';

/** Keys of the source's files whose time has passed since they were written. */
export const fileExpired: Check = {
  id: 'file.expired',
  scope: 'source',
  isSlow: true,
  outcomes: {
    none: { status: 'pass', message: 'None of the {keys} keys that were looked at has expired' },
    some: {
      status: 'warn',
      message: '{expired} of the {keys} keys that were looked at have expired since the file was written',
      fix: 'They are left out. Take a newer file if they are needed.',
    },
  },
  applies: isFile,
  run: async (context) => {
    const needed = await neededFirst(context);
    if (needed !== null) return { skippedBy: needed };
    const { keys, expired } = await lookIntoFiles(context);
    return judgeExpired(keys, expired);
  },
};

/** Keys that were looked at, and those of them whose time has passed. */
export function judgeExpired(keys: number, expired: number): Finding {
  const outcome = expired > 0 ? 'some' : 'none';
  return { outcome, observed: `${expired} keys`, expected: '0 keys', facts: { keys, expired } };
}
