import { track, untrack } from './cleanup.ts';
import { openClient } from './open-client.ts';
import { createRandom } from './random.ts';
import type { Client, Command } from './send-all.ts';
import { waitFor } from './wait-for.ts';
import { nextOperation } from './writer-operations.ts';

export type WriterOptions = {
  /** Commands per second; default 1,000. */
  rate?: number;
  seed?: number;
  /** How many different keys of each type; default 100. */
  keys?: number;
  prefix?: string;
};

export type WriterCounts = {
  sent: number;
  /** Answered without an error. */
  acked: number;
  /** Answered by an error. */
  refused: number;
  /** Sent, and the answer was lost with the connection. */
  unknown: number;
  byCommand: Record<string, number>;
  /** The first few error texts. */
  errors: string[];
};

/** Writes to a server at a rate until it is stopped: every type, relative and absolute, transactions and scripts. */
export async function startWriter(url: string, options: WriterOptions = {}): Promise<Writer> {
  const writer = new Writer(openClient(url), options);
  await writer.start();
  return track(writer);
}

export class Writer {
  readonly counts: WriterCounts = { sent: 0, acked: 0, refused: 0, unknown: 0, byCommand: {}, errors: [] };
  readonly #client: Client;
  readonly #options: Required<WriterOptions>;
  #timer: NodeJS.Timeout | undefined;
  #inFlight = 0;
  #isStopped = false;

  constructor(client: Client, options: WriterOptions) {
    this.#client = client;
    this.#options = { rate: 1_000, seed: 1, keys: 100, prefix: 'w:', ...options };
  }

  async start(): Promise<void> {
    await waitFor(() => this.#client.ping(), { what: 'the server of the writer' });
    const random = createRandom(this.#options.seed);
    const begin = performance.now();
    let due = 0;
    this.#timer = setInterval(() => {
      const until = ((performance.now() - begin) / 1_000) * this.#options.rate;
      for (; due < until; due++) if (this.#inFlight < 10_000) this.#send(nextOperation(random, this.#options));
    }, 5);
  }

  /** Ends the writing, waits for the answers that are due, and tells what was written. */
  async stop(): Promise<WriterCounts> {
    if (this.#isStopped) return this.counts;
    this.#isStopped = true;
    clearInterval(this.#timer);
    try {
      await waitFor(() => this.#inFlight === 0, { deadlineMs: 10_000, what: 'the answers to the writer' });
    } finally {
      this.#client.disconnect();
      untrack(this);
    }
    return this.counts;
  }

  #send(operation: readonly Command[]): void {
    const [first] = operation;
    if (!first) return;
    this.counts.sent++;
    this.#inFlight++;
    const name = operation.length > 1 ? 'MULTI' : first[0];
    this.counts.byCommand[name] = (this.counts.byCommand[name] ?? 0) + 1;
    const done = operation.length > 1 ? this.#transaction(operation) : this.#client.call(first[0], first.slice(1));
    void done.then(
      () => this.#settle('acked'),
      (error: unknown) => this.#fail(error),
    );
  }

  async #transaction(operation: readonly Command[]): Promise<void> {
    const multi = this.#client.multi();
    for (const [name, ...args] of operation) multi.call(name, args);
    for (const [error] of (await multi.exec()) ?? []) if (error) throw error;
  }

  #settle(as: 'acked' | 'refused' | 'unknown'): void {
    this.counts[as]++;
    this.#inFlight--;
  }

  #fail(error: unknown): void {
    const text = error instanceof Error ? `${error.name} ${error.message}` : String(error);
    if (this.counts.errors.length < 10) this.counts.errors.push(text);
    this.#settle(text.startsWith('ReplyError') ? 'refused' : 'unknown');
  }
}
