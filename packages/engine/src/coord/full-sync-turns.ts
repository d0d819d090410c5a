/** Lets one full sync at a time run on each host of a source: each costs it a fork, memory and disk. */
export class FullSyncTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when it is one's turn, with what ends the turn. Throws the signal's reason. */
  async take(host: string, signal: AbortSignal): Promise<() => void> {
    const before = this.#last.get(host) ?? Promise.resolve();
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#last.set(
      host,
      before.then(() => ended),
    );
    try {
      await untilAborted(before, signal);
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }
}

function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve).finally(() => signal.removeEventListener('abort', stop));
  });
}
