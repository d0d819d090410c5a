import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tempDir, waitFor } from '@cacheferry/testkit';

const dir = process.env.FERRY_CHAOS_DIR ?? join(import.meta.dirname, '../../../../shared/chaos');
const program = join(dir, 'ledger.mjs');

/** The seed of a test's writer and of its kills; a run by FERRY_SEED has others. */
export const seedOf = (seed: number): number => seed + Number(process.env.FERRY_SEED ?? 0);

/** Whether the writer and auditor of effects, which lies beside the repository, is there. */
export const hasLedger = existsSync(program);

/** `dbs`: the databases that it writes to. */
type LedgerOptions = { rate: number; seed: number; dbs?: string };

/** A lane of the writer's state: what it sends next, and which of those before were refused or got no answer. */
type Lane = { next: number; failed: [number, number][]; unknown: [number, number][] };

/** Writes effects that can all be checked afterwards, and checks them: nothing lost, doubled, reordered or torn. */
export class Ledger {
  readonly #state: string;
  readonly #child: ChildProcess;
  #output = '';

  private constructor(url: string, { rate, seed, dbs = '0,3' }: LedgerOptions) {
    this.#state = join(tempDir('ledger'), 'state.json');
    const flags = ['--url', url, '--state', this.#state, '--seconds', '0', '--rate', String(rate)];
    this.#child = spawn(process.execPath, [program, 'write', ...flags, '--seed', String(seed), '--dbs', dbs]);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (bytes: Buffer) => {
        this.#output += bytes.toString();
      });
  }

  static async write(url: string, options: LedgerOptions): Promise<Ledger> {
    const ledger = new Ledger(url, options);
    await waitFor(() => existsSync(ledger.#state), { what: 'the first entries of the ledger' });
    return ledger;
  }

  /** Waits until the source has acknowledged so many effects, however slow the machine is. */
  async until(count: number): Promise<void> {
    await waitFor(() => this.#acknowledged() >= count, { deadlineMs: 60_000, everyMs: 100, what: `${count} effects` });
  }

  /** Ends the writing. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await waitFor(() => this.#child.exitCode !== null || this.#child.signalCode !== null, {
      deadlineMs: 20_000,
      what: 'the end of the writer',
    });
    if (this.#child.exitCode !== 0) throw new Error(`the ledger ended with ${this.#child.exitCode}: ${this.#output}`);
  }

  #acknowledged(): number {
    const { lanes } = JSON.parse(readFileSync(this.#state, 'utf8')) as { lanes: Lane[] };
    const countOf = (ranges: Lane['failed']) => ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    return lanes.reduce((sum, { next, failed, unknown }) => sum + next - 1 - countOf(failed) - countOf(unknown), 0);
  }

  /** What a server has that it must not have, or has not; empty when all is right. What `source` has lost itself is no fault. */
  async audit(url: string, source?: string): Promise<string> {
    const own = source === undefined ? [] : ['--source', source];
    const flags = ['--source-state', this.#state, '--url', url, ...own, '--retry-seconds', '15', '--json'];
    try {
      await promisify(execFile)(process.execPath, [program, 'audit', ...flags], { maxBuffer: 64 * 1024 ** 2 });
      return '';
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return `${stdout}${stderr}`.slice(0, 4_000) || String(error);
    }
  }
}
