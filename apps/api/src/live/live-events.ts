import type { LiveEvent } from '@cacheferry/contract';
import { type Context, getMigration, type Signal, type Signals } from '@cacheferry/domain';
import { toFerryError } from '@cacheferry/kernel';
import { type SseStream, sseFrame } from './sse-stream.ts';

/** One stream of everything that moves, for the lists of a page. */
export type LiveEvents = { join(stream: SseStream): void; close(): Promise<void> };

const lagLimitBytes = 1024 * 1024;
/** The same object is told at most this often, a big one less often. */
const paceMs = 1_000;
const charactersPerSecond = 64 * 1024;

/** Makes the stream out of the signals. When signals may have been missed its readers are sent off to read anew. */
export function createLiveEvents(ctx: Context, signals: Signals): LiveEvents {
  const readers = new Set<SseStream>();
  const closing = new AbortController();
  const pending = new Map<string, { next: Signal | null }>();
  const tasks = new Set<Promise<void>>();

  const tell = async (signal: Signal): Promise<number> => {
    const event = await eventOf(ctx, signal);
    if (!event) return 0;
    const text = sseFrame(event.type, event);
    for (const reader of readers) {
      if (reader.waitingBytes > lagLimitBytes) reader.end();
      else reader.post(text);
    }
    return text.length;
  };
  const tellPaced = async (key: string, first: Signal): Promise<void> => {
    const entry = { next: first as Signal | null };
    pending.set(key, entry);
    while (entry.next && !closing.signal.aborted) {
      const signal = entry.next;
      entry.next = null;
      let characters = 0;
      try {
        characters = await tell(signal);
      } catch (thrown) {
        const error = toFerryError(thrown);
        ctx.log.warn('A change could not be told to the pages', { code: error.code, cause: error.detail });
      }
      await ctx.clock.sleep(paceMs + (1000 * characters) / charactersPerSecond, closing.signal).catch(() => {});
    }
    pending.delete(key);
  };
  const onSignal = (signal: Signal | null): void => {
    if (signal === null) for (const reader of readers) reader.end();
    else if (readers.size > 0 && signal.kind !== 'preflight') {
      const key = `${signal.kind} ${signal.id}`;
      const entry = pending.get(key);
      if (entry) entry.next = signal;
      else {
        const task = tellPaced(key, signal).finally(() => tasks.delete(task));
        tasks.add(task);
      }
    }
  };
  const unsubscribe = signals.subscribe(onSignal);
  return {
    join: (stream) => {
      readers.add(stream);
      stream.closed.addEventListener('abort', () => readers.delete(stream), { once: true });
    },
    close: async () => {
      unsubscribe();
      closing.abort();
      await Promise.all(tasks);
    },
  };
}

async function eventOf(ctx: Context, signal: Signal): Promise<LiveEvent | null> {
  if (signal.kind === 'migration') return { type: 'migration', migration: await getMigration(ctx, signal.id) };
  if (signal.kind === 'machine') return { type: 'machine', id: signal.id };
  if (signal.kind === 'check') return { type: 'check', id: signal.id, migrationId: signal.migrationId };
  if (signal.kind === 'removed') return { type: 'removed', kind: signal.of, id: signal.id };
  return null;
}
