import { readFileSync } from 'node:fs';
import { formatEndpointUrl, type Job, type MigrationMode, parseEndpointUrl, splitSecrets } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { taskOf } from '../plan/task-of.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import type { StateDir } from '../state/state-dir.ts';

/** `written`: the target holds a checkpoint of it · `completed`: it has ended, and a new run begins anew. */
type Status = 'started' | 'written' | 'completed';
type Stored = {
  version: 1;
  task: string;
  source: string;
  target: string;
  mode?: MigrationMode;
  share?: string;
  status: Status;
};

/** What a state directory remembers of its migration, beside the checkpoint on the target. */
export class RunRecord {
  readonly #path: string;
  #stored: Stored;
  /** Whether an earlier run of the same migration stopped here before its end. */
  readonly isResumed: boolean;
  /** Whether it was to end in the same way: what is done for one mode is not done for the other. */
  readonly isSameMode: boolean;

  /** Throws `engine.state_mismatch` when the directory belongs to a migration between other ends. */
  constructor(state: StateDir, job: Job) {
    this.#path = state.stateFile;
    const now = identityOf(job);
    const before = read(this.#path);
    if (before) refuseOther(state.dir, before, now);
    this.isResumed = before !== null && before.status !== 'completed';
    const status = this.isResumed && before ? before.status : 'started';
    this.isSameMode = this.isResumed && before?.mode === job.mode;
    this.#stored = { version: 1, ...now, mode: job.mode, status };
    this.#write(this.#stored);
  }

  get task(): string {
    return this.#stored.task;
  }

  /** Whether the target must hold a checkpoint of this migration. */
  get hasWritten(): boolean {
    return this.#stored.status === 'written';
  }

  /** Throws `host.disk_full`, `host.file_failed`. */
  set(status: Status): void {
    if (this.#stored.status === status) return;
    this.#write({ ...this.#stored, status });
  }

  /** What could not be written is not remembered either: it is tried again. */
  #write(stored: Stored): void {
    writeFileAtomic(this.#path, `${JSON.stringify(stored)}\n`);
    this.#stored = stored;
  }
}

/** The name of a migration on its target: given, or made from its two ends. */
function identityOf(job: Job): Omit<Stored, 'version' | 'mode' | 'status'> {
  const bare = (url: string) => formatEndpointUrl(splitSecrets(parseEndpointUrl(url)).endpoint);
  const [source, target] = [bare(job.source.url), bare(job.target.url)];
  const share = job.share ? { share: `${job.share.number}/${job.share.of}` } : {};
  return { task: taskOf(job, source, target), source, target, ...share };
}

function read(path: string): Stored | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const stored = JSON.parse(text) as Partial<Stored> | null;
    const isWhole = [stored?.task, stored?.source, stored?.target, stored?.status].every(
      (part) => typeof part === 'string',
    );
    return stored?.version === 1 && isWhole ? (stored as Stored) : null;
  } catch {
    // Damaged, or of another version: what counts is the checkpoint on the target.
    return null;
  }
}

function refuseOther(dir: string, before: Stored, now: Pick<Stored, 'source' | 'target' | 'share'>): void {
  for (const end of ['source', 'target', 'share'] as const)
    if (before[end] !== now[end])
      throw new FerryError('engine.state_mismatch', { dir, end, stored: before[end] ?? 'none' });
}
