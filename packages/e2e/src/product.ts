import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { freePort, removeDir, root, tempDir, waitFor } from '@cacheferry/testkit';

export type ProductOptions = { env?: Record<string, string>; port?: number; home?: string; password?: string | null };

/** The whole product as a user starts it: `npm start`, with a home and a port of its own. */
export class Product {
  readonly port: number;
  readonly home: string;
  readonly password: string | null;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  output = '';

  constructor(port: number, options: ProductOptions) {
    this.port = port;
    this.home = options.home ?? tempDir('product');
    // PostgreSQL runs as another user when root starts it, and must reach its folder.
    fs.chmodSync(this.home, 0o755);
    this.password = options.password === undefined ? 'correct horse battery' : options.password;
    this.#env = options.env ?? {};
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it and waits until it is ready; throws with its output when it ends instead. */
  async start(deadlineMs = 120_000): Promise<void> {
    const password = this.password === null ? {} : { FERRY_ADMIN_PASSWORD: this.password };
    const child = spawn('npm', ['start', '--silent'], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...plainEnvironment(), PORT: String(this.port), FERRY_HOME: this.home, ...password, ...this.#env },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (this.output += String(data)));
    await waitFor(
      async () => {
        if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${this.output}`);
        return (await fetch(`${this.url}/readyz`).catch(() => null))?.ok === true;
      },
      { deadlineMs, what: 'npm start' },
    );
  }

  /** `kill -9` of everything that `npm start` started, PostgreSQL excepted: that is a session of its own. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Ends it in order and removes its home. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    await waitFor(
      () =>
        fetch(`${this.url}/healthz`).then(
          () => false,
          () => true,
        ),
      { deadlineMs: 30_000, what: 'the end' },
    );
    removeDir(this.home);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    process.kill(-child.pid, signal);
    await ended;
  }
}

/** Starts the product on a free port. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const product = new Product(options.port ?? (await freePort()), options);
  await product.start();
  return product;
}

function plainEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(FERRY_|DATABASE_URL$|REDIS_URL$|PORT$|HOST$|LOG_LEVEL$|npm_|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
