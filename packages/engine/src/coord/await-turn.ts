import type { Clock, Logger } from '@cacheferry/kernel';

const askMs = 500;

export type TurnDeps = { clock: Clock; log: Logger };

/** Asks for the turn of a host until there is something to have. Throws the signal's reason. */
export async function awaitTurn<T>(
  ask: () => Promise<T | null>,
  { clock, log }: TurnDeps,
  { host, signal }: { host: string; signal: AbortSignal },
): Promise<T> {
  for (let hasWaited = false; ; hasWaited = true) {
    const found = await ask();
    if (found !== null) return found;
    if (!hasWaited) log.info('Waits until another migration has its snapshot of this host', { host });
    await clock.sleep(askMs, signal);
  }
}
