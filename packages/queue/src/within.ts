import type { Clock } from '@cacheferry/kernel';

/** The work's result, or `late()` as an error when it takes longer; the work itself goes on unheard. */
export async function within<T>(work: Promise<T>, ms: number, clock: Clock, late: () => Error): Promise<T> {
  const timer = new AbortController();
  const alarm = clock.sleep(ms, timer.signal).then(() => Promise.reject(late()));
  try {
    return await Promise.race([work, alarm]);
  } finally {
    timer.abort();
    alarm.catch(() => {});
    work.catch(() => {});
  }
}
