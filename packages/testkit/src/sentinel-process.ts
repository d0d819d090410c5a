import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { endProcess, startProcess } from './processes.ts';
import { serverProgram } from './servers.ts';
import { removeDir, tempDir } from './temp-dir.ts';
import { waitFor } from './wait-for.ts';

export type Watched = { name: string; port: number; password?: string; quorum: number };

/** One sentinel process on loopback. */
export class SentinelProcess {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly client: Redis;
  readonly #dir: string;
  #child: ChildProcess | undefined;

  constructor(port: number, watched: Watched, password: string | undefined) {
    this.port = port;
    this.#dir = tempDir(`sentinel-${port}`);
    fs.writeFileSync(path.join(this.#dir, 'sentinel.conf'), configOf(port, watched, password));
    const login = password === undefined ? {} : { password };
    this.client = new Redis({ host: this.host, port, lazyConnect: true, enableReadyCheck: false, ...login });
    this.client.on('error', () => {});
  }

  async start(): Promise<void> {
    const program = await serverProgram('redis@7.0');
    const log = fs.openSync(path.join(this.#dir, 'sentinel.log'), 'a');
    const options = { stdio: ['ignore', log, log] as ['ignore', number, number], cwd: this.#dir };
    this.#child = startProcess(program, [path.join(this.#dir, 'sentinel.conf'), '--sentinel'], options);
    fs.closeSync(log);
    await waitFor(() => this.client.ping(), { deadlineMs: 20_000, what: `the sentinel at port ${this.port}` });
  }

  /** Sends a signal. SIGSTOP and SIGCONT return at once, the others when the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.#child) return;
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') this.#child.kill(signal);
    else await endProcess(this.#child, signal);
  }

  /** What this sentinel says of the primary it watches: names and texts. */
  async state(name: string): Promise<Record<string, string>> {
    const texts = ((await this.client.call('SENTINEL', 'MASTER', name)) as unknown[]).map(String);
    return Object.fromEntries(texts.flatMap((text, at) => (at % 2 === 0 ? [[text, texts[at + 1] ?? '']] : [])));
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    await this.kill();
    removeDir(this.#dir);
  }
}

function configOf(port: number, { name, port: primary, password, quorum }: Watched, own: string | undefined): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    ...(own === undefined ? [] : [`requirepass ${own}`, `sentinel sentinel-pass ${own}`]),
    `sentinel monitor ${name} 127.0.0.1 ${primary} ${quorum}`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 2000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${password}`]),
    '',
  ].join('\n');
}
