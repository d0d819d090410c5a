import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Check, Finding } from '../check.ts';
import { plannedConnections } from '../estimate.ts';
import { existingDir } from '../existing-dir.ts';

/** Whether the state directory can be written, and how many files and connections this process may open. */
export const machineFiles: Check = {
  id: 'machine.files',
  scope: 'machine',
  outcomes: {
    ok: { status: 'pass', message: '{dir} can be written; {limit} open files are allowed' },
    few_files: {
      status: 'warn',
      message: 'Only {limit} open files are allowed; {wanted} would be comfortable',
      fix: 'Raise the limit of open files for this user.',
      command: 'ulimit -n {wanted}',
    },
    not_writable: {
      status: 'fail',
      message: '{dir} cannot be written: {reason}',
      fix: 'Give this user the right to write there, or choose another state directory (--state).',
    },
  },
  run: async ({ source, target, options, workDir }) => {
    const dir = await existingDir(workDir);
    const refused = await tryWrite(dir);
    if (refused !== null)
      return {
        outcome: 'not_writable',
        observed: refused,
        expected: 'can be written',
        facts: { dir, reason: refused },
      };
    const shards = Math.max(1, await countNodes(source)) * Math.max(1, await countNodes(target));
    return judgeFiles(await openFilesLimit(), 4 * plannedConnections(options, shards) + 64, dir);
  },
};

/** `limit` null: this system does not tell. */
export function judgeFiles(limit: number | null, wanted: number, dir: string): Finding {
  const facts = { dir, limit: limit ?? 'any number of', wanted };
  const outcome = limit !== null && limit < wanted ? 'few_files' : 'ok';
  return { outcome, observed: `${facts.limit} open files`, expected: `${wanted} or more`, facts };
}

async function countNodes(end: { attempt(): Promise<{ nodes: readonly unknown[] } | object> }): Promise<number> {
  const attempt = await end.attempt();
  return 'nodes' in attempt ? attempt.nodes.length : 0;
}

/** Why a file cannot be written there, or null. */
async function tryWrite(dir: string): Promise<string | null> {
  const file = path.join(dir, `.write-test-${randomUUID()}`);
  try {
    await writeFile(file, 'x', { flag: 'wx', mode: 0o600 });
    await rm(file);
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  }
}

async function openFilesLimit(): Promise<number | null> {
  try {
    const limits = await readFile('/proc/self/limits', 'utf8');
    const soft = /^Max open files +(\d+|unlimited)/m.exec(limits)?.[1];
    return soft === undefined || soft === 'unlimited' ? null : Number(soft);
  } catch {
    return null;
  }
}
