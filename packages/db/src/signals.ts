import type { Signal, Signals } from '@cacheferry/domain';
import { type Clock, type Logger, silentLogger, systemClock } from '@cacheferry/kernel';
import pg from 'pg';

/** The channel of NOTIFY: a payload is one signal as JSON. */
export const signalChannel = 'ferry_signals';

type Listener = (signal: Signal | null) => void;

const beatMs = 15_000;
const longestWaitMs = 5_000;

/**
 * Hears the signals of all processes on one connection of its own, which is made anew whenever it breaks; a beat every
 * 15 s finds one that is dead without having been closed. After a reconnect listeners get null.
 */
export function openSignals(options: { url: string; log?: Logger; clock?: Clock }): Signals {
  const { url, log = silentLogger, clock = systemClock } = options;
  const listeners = new Set<Listener>();
  const stop = new AbortController();
  const tell: Listener = (signal) => {
    for (const listener of listeners) {
      try {
        listener(signal);
      } catch (error) {
        log.error('A listener for signals failed', { reason: String(error) });
      }
    }
  };
  const loop = keepListening({ url, log, clock, tell, signal: stop.signal });
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      stop.abort();
      await loop;
    },
  };
}

type Loop = { url: string; log: Logger; clock: Clock; tell: Listener; signal: AbortSignal };

async function keepListening(loop: Loop): Promise<void> {
  const { log, clock, tell, signal } = loop;
  let waitMs = 100;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      await listenOnce(loop, () => {
        waitMs = 100;
        if (!isFirst) tell(null);
      });
    } catch (error) {
      if (!signal.aborted) log.warn('Signals are interrupted; trying again', { reason: reasonOf(error) });
    }
    await clock.sleep(waitMs, signal).catch(() => {});
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }
}

/** Listens until the connection breaks or all shall end. */
async function listenOnce({ url, clock, tell, signal }: Loop, onReady: () => void): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, query_timeout: 5000 });
  const broken = new Promise<never>((_, reject) => {
    client.on('error', reject);
    client.on('end', () => reject(new Error('the connection was closed')));
  });
  broken.catch(() => {});
  client.on('notification', ({ payload }) => {
    if (payload) tell(JSON.parse(payload) as Signal);
  });
  try {
    await client.connect();
    await client.query(`listen ${signalChannel}`);
    onReady();
    for (;;) {
      await Promise.race([broken, clock.sleep(beatMs, signal)]);
      await Promise.race([broken, client.query('select 1')]);
    }
  } finally {
    await client.end().catch(() => {});
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
