import { setTimeout as sleep } from 'node:timers/promises';

/** Looks at something again and again from its start to its stop. A look that fails is as good as none: the next follows. */
export class Poll {
  readonly #everyMs: number;
  readonly #look: (signal: AbortSignal) => Promise<void>;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  constructor(everyMs: number, look: (signal: AbortSignal) => Promise<void>) {
    this.#everyMs = everyMs;
    this.#look = look;
  }

  /** Starts looking, unless it does already or was stopped. */
  start(): void {
    this.#running ??= this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#everyMs, undefined, { signal, ref: false }).catch(() => {});
      if (!signal.aborted) await this.#look(signal).catch(() => {});
    }
  }
}
