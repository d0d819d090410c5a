import { type Context, pruneHistory, pruneUploads, type UploadFiles } from '@cacheferry/domain';
import { toFerryError } from '@cacheferry/kernel';
import type { JobQueue } from '@cacheferry/queue';
import type { Supervisor } from '@cacheferry/supervisor';

const firstPruneMs = 60_000;
const pruneEveryMs = 3_600_000;

type Parts = { system: Context; queue: JobQueue; uploads: UploadFiles };

/** Puts the supervisor to work on the queue, and tidies up once an hour. Answers what ends both. */
export function startWorker({ system, queue, uploads }: Parts, supervisor: Supervisor): () => Promise<void> {
  const stopping = new AbortController();
  queue.work({
    answer: async (ring) => supervisor.attend(ring),
    hear: (ring) => supervisor.attend(ring),
    reconcile: () => supervisor.reconcile(),
  });
  const tidying = tidy(system, uploads, stopping.signal);
  return async () => {
    stopping.abort();
    await supervisor.stop();
    await tidying;
  };
}

async function tidy(system: Context, uploads: UploadFiles, signal: AbortSignal): Promise<void> {
  for (let waitMs = firstPruneMs; ; waitMs = pruneEveryMs) {
    await system.clock.sleep(waitMs, signal).catch(() => {});
    if (signal.aborted) return;
    for (const [what, prune] of [
      ['Old history could not be deleted', () => pruneHistory(system, signal)],
      ['Abandoned uploads could not be deleted', () => pruneUploads(system, uploads)],
    ] as const) {
      try {
        await prune();
      } catch (thrown) {
        const { code, detail } = toFerryError(thrown);
        if (!signal.aborted) system.log.warn(what, { code, detail });
      }
    }
  }
}
