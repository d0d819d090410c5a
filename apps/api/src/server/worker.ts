import { type Context, pruneHistory } from '@cacheferry/domain';
import { toFerryError } from '@cacheferry/kernel';
import type { JobQueue } from '@cacheferry/queue';
import type { Supervisor } from '@cacheferry/supervisor';

const firstPruneMs = 60_000;
const pruneEveryMs = 3_600_000;

/** Puts the supervisor to work on the queue, and tidies up once an hour. Answers what ends both. */
export function startWorker(system: Context, queue: JobQueue, supervisor: Supervisor): () => Promise<void> {
  const stopping = new AbortController();
  queue.work({
    answer: async (ring) => supervisor.attend(ring),
    hear: (ring) => supervisor.attend(ring),
    reconcile: () => supervisor.reconcile(),
  });
  const tidying = tidy(system, stopping.signal);
  return async () => {
    stopping.abort();
    await supervisor.stop();
    await tidying;
  };
}

async function tidy(system: Context, signal: AbortSignal): Promise<void> {
  for (let waitMs = firstPruneMs; ; waitMs = pruneEveryMs) {
    await system.clock.sleep(waitMs, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      await pruneHistory(system, signal);
    } catch (thrown) {
      const { code, detail } = toFerryError(thrown);
      if (!signal.aborted) system.log.warn('Old history could not be deleted', { code, detail });
    }
  }
}
