import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Check, Finding } from '../check.ts';

/** Whether the files that are to be written can be. */
export const targetFile: Check = {
  id: 'target.file',
  scope: 'target',
  outcomes: {
    free: { status: 'pass', message: '{file} can be written' },
    replaced: {
      status: 'warn',
      message: '{file} exists already and will be replaced',
      fix: 'Make sure that this is meant.',
    },
    exists: {
      status: 'fail',
      message: '{file} exists already',
      fix: 'Name another file, or choose --on-conflict overwrite to replace it.',
    },
    not_writable: {
      status: 'fail',
      message: 'The folder of {file} cannot be written: {reason}',
      fix: 'Make the folder, and give this user the right to write there.',
    },
  },
  applies: ({ target }) => target.endpoint.kind === 'rdb',
  run: async ({ target, options }) => {
    const paths = target.endpoint.kind === 'rdb' ? target.endpoint.paths : [];
    const found = await Promise.all(paths.map((file) => lookAt(file, options.onConflict === 'overwrite')));
    const order = ['not_writable', 'exists', 'replaced', 'free'];
    return found.sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome))[0] as Finding;
  },
};

async function lookAt(file: string, mayReplace: boolean): Promise<Finding> {
  const expected = 'can be written';
  const facts = { file };
  try {
    await access(path.dirname(path.resolve(file)), constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { outcome: 'not_writable', observed: reason, expected, facts: { file, reason } };
  }
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return { outcome: 'free', observed: 'free', expected, facts };
  return { outcome: mayReplace ? 'replaced' : 'exists', observed: 'a file', expected, facts };
}
