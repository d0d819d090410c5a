import { type ChildProcess, execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { track, untrack } from './cleanup.ts';
import { withLock } from './lock.ts';
import { root } from './paths.ts';
import { endProcess, hasEnded, startProcess } from './processes.ts';
import { waitFor } from './wait-for.ts';

export type FerryOptions = {
  env?: Record<string, string>;
  stdin?: string | Buffer;
  cwd?: string;
  /** After that the command is killed and the call throws. */
  deadlineMs?: number;
  /** Arguments of Node itself, as `--max-old-space-size=256`. */
  nodeArgs?: readonly string[];
  /** A program with its arguments that is to become the command, as `unshare -m`. */
  through?: readonly string[];
};

export type FerryResult = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

const bundle = path.join(root, 'dist/ferry.cjs');
let bundled: Promise<unknown> | undefined;

/** Makes `dist/ferry.cjs` from the sources when they changed; once per test process. Returns its path. */
export async function bundleFerry(): Promise<string> {
  const setup = path.join(root, 'packages/tooling/src/setup.mjs');
  bundled ??= withLock('bundle', () =>
    promisify(execFile)(process.execPath, [setup, '--only', 'engine'], { cwd: root }),
  );
  await bundled;
  return bundle;
}

/** Runs the `ferry` command to its end. */
export async function runFerry(args: readonly string[], options: FerryOptions = {}): Promise<FerryResult> {
  const ferry = await spawnFerry(args, options);
  return ferry.ended(options.deadlineMs);
}

/** Starts the `ferry` command and returns at once: for runs that go on until they are stopped. */
export async function spawnFerry(args: readonly string[], options: FerryOptions = {}): Promise<FerryProcess> {
  const file = await bundleFerry();
  const node = [process.execPath, '--enable-source-maps', ...(options.nodeArgs ?? []), file, ...args];
  const [program = '', ...words] = [...(options.through ?? []), ...node];
  const child = startProcess(program, words, {
    cwd: options.cwd ?? root,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => {});
  if (options.stdin !== undefined) child.stdin?.end(options.stdin);
  return track(new FerryProcess(child));
}

/** The environment without what would change how `ferry` behaves. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(FERRY_|NODE_OPTIONS$|LOG_LEVEL$|VITEST)/.test(name));
  return Object.fromEntries(kept);
}

export class FerryProcess {
  readonly child: ChildProcess;
  readonly #out: Buffer[] = [];
  readonly #err: Buffer[] = [];
  readonly #closed: Promise<void>;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on('data', (chunk: Buffer) => this.#out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.#err.push(chunk));
    this.#closed = new Promise((resolve) => child.once('close', () => resolve()));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get stdout(): string {
    return Buffer.concat(this.#out).toString();
  }

  get stderr(): string {
    return Buffer.concat(this.#err).toString();
  }

  get isRunning(): boolean {
    return !hasEnded(this.child);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until the command has ended and its output is read. */
  async ended(deadlineMs = 60_000): Promise<FerryResult> {
    try {
      await waitFor(() => !this.isRunning, { deadlineMs, what: 'the end of ferry' });
    } catch (error) {
      await endProcess(this.child, 'SIGKILL');
      throw new Error(`ferry still ran after ${deadlineMs} ms; it printed: ${this.stdout}${this.stderr}`, {
        cause: error,
      });
    }
    await this.#closed;
    untrack(this);
    return { code: this.child.exitCode, signal: this.child.signalCode, stdout: this.stdout, stderr: this.stderr };
  }

  async stop(): Promise<void> {
    await endProcess(this.child, 'SIGKILL');
    untrack(this);
  }
}
