import fs from 'node:fs';
import path from 'node:path';
import { track, untrack } from './cleanup.ts';
import { waitFor } from './wait-for.ts';

/** Control groups of the first kind keep the controllers in folders of their own; those of the second have one tree. */
const kinds = [
  { root: '/sys/fs/cgroup/memory', most: 'memory.limit_in_bytes', swap: 'memory.swappiness' },
  { root: '/sys/fs/cgroup', most: 'memory.max', swap: 'memory.swap.max' },
];
let groups = 0;

/** Whether this machine lets a process be given a bound of memory that the kernel enforces. */
export function canLimitMemory(): boolean {
  try {
    new MemoryLimit(2 ** 30).remove();
    return true;
  } catch {
    return false;
  }
}

/** A bound for the memory of the programs started through it: the kernel kills what goes beyond. */
export function memoryLimit(bytes: number): MemoryLimit {
  return track(new MemoryLimit(bytes));
}

export class MemoryLimit {
  readonly #dir: string;

  constructor(bytes: number) {
    const kind = kinds.find(({ root }) => isOfMemory(root));
    if (!kind) throw new Error('no control group of memory can be made here');
    this.#dir = path.join(kind.root, `ferry-test-${process.pid}-${++groups}`);
    fs.mkdirSync(this.#dir);
    try {
      fs.writeFileSync(path.join(this.#dir, kind.most), String(bytes));
      fs.writeFileSync(path.join(this.#dir, kind.swap), '0');
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** What a program is started with to be bound: itself and all its children. */
  get through(): readonly string[] {
    return ['sh', '-c', `echo $$ > ${this.#dir}/cgroup.procs && exec "$@"`, 'sh'];
  }

  remove(): void {
    fs.rmdirSync(this.#dir);
  }

  async stop(): Promise<void> {
    const isEmpty = () => fs.readFileSync(path.join(this.#dir, 'cgroup.procs'), 'utf8') === '';
    await waitFor(isEmpty, { what: 'the end of the programs that a bound of memory holds for' });
    this.remove();
    untrack(this);
  }
}

/** Whether groups in a folder of the second kind have a controller of memory; those of the first kind always do. */
function isOfMemory(root: string): boolean {
  if (root.endsWith('/memory')) return fs.existsSync(path.join(root, 'cgroup.procs'));
  const file = path.join(root, 'cgroup.subtree_control');
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8').split(/\s/).includes('memory');
}
