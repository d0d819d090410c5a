import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { endProcess, freePort, hasEnded, root, startProcess, tempDir, waitFor } from '@cacheferry/testkit';

export type ProductOptions = {
  home?: string;
  port?: number;
  env?: Record<string, string>;
  /** By `npm start` instead of the bare process. */
  byNpm?: boolean;
};

/** The product as a process of its own. */
export type Product = {
  child: ChildProcess;
  home: string;
  port: number;
  url: string;
  stdout(): string;
  stderr(): string;
  /** Processor time that it has used so far. */
  cpuSeconds(): number;
  /** The one-time password that was printed, if one was. */
  password(): string | undefined;
  ready(deadlineMs?: number): Promise<void>;
  ended(): Promise<number | null>;
  stop(): Promise<void>;
};

/** A folder that the database's user can enter too. */
export function newHome(): string {
  const dir = tempDir('home');
  fs.chmodSync(dir, 0o755);
  return path.join(dir, 'home');
}

/** Builds what the process runs from; does nothing when nothing has changed. */
export function buildProduct(): void {
  execFileSync(process.execPath, ['packages/tooling/src/setup.mjs', '--only', 'database,engine,server,web'], {
    cwd: root,
  });
}

/** Starts the product; `ready` waits until it says that it is. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const home = options.home ?? newHome();
  const port = options.port ?? (await freePort());
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, PORT: String(port), FERRY_HOME: home, ...options.env };
  const [program, args] = options.byNpm ? ['npm', ['start']] : [process.execPath, ['apps/api/dist/main.mjs']];
  const child = startProcess(program as string, args as string[], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout?.on('data', (bytes) => (said.out += bytes));
  child.stderr?.on('data', (bytes) => (said.err += bytes));
  const url = `http://127.0.0.1:${port}`;
  return {
    child,
    home,
    port,
    url,
    stdout: () => said.out,
    stderr: () => said.err,
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    password: () => /one-time password (\S+)/.exec(said.out)?.[1],
    ready: async (deadlineMs = 60_000) => {
      const isUp = () => {
        if (hasEnded(child)) throw new Error(`it ended: ${said.err}`);
        return /is ready/.test(said.out);
      };
      await waitFor(isUp, { deadlineMs, what: `the start (${said.err})` });
    },
    ended: async () => {
      await waitFor(() => hasEnded(child), { deadlineMs: 60_000, what: 'the end' });
      return child.exitCode;
    },
    stop: () => endProcess(child),
  };
}

function cpuSecondsOf(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Signs in by HTTP and answers the headers of every later request. */
export async function signInAt(url: string, username: string, password: string): Promise<Record<string, string>> {
  const answer = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  const body = (await answer.json()) as { csrfToken: string; code?: string };
  if (answer.status !== 200) throw new Error(`${answer.status} ${body.code}`);
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { cookie, 'x-csrf-token': body.csrfToken, 'content-type': 'application/json' };
}

/** The one PostgreSQL that works on the data of a home. */
export function onePostgresOf(home: string): number {
  const [pid, ...others] = postgresOf(home);
  // Zero would be this process and all of its group.
  if (!pid || others.length > 0) throw new Error(`there are ${others.length + (pid ? 1 : 0)} databases`);
  return pid;
}

/** Pids of the PostgreSQL processes that work on the data of a home. */
export function postgresOf(home: string): number[] {
  const dataDir = path.join(home, 'db/pgdata');
  const pids = fs
    .readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
  return pids.filter((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(dataDir);
    } catch {
      return false;
    }
  });
}
