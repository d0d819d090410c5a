import type { Doorbell } from '@cacheferry/domain';
import { type Clock, FerryError, type Logger, systemClock } from '@cacheferry/kernel';
import { type Backend, postgresBackend, redisBackend } from './backend.ts';
import { checkRedis } from './check-redis.ts';
import { createDoorbell } from './doorbell.ts';
import { within } from './within.ts';
import { type RunningWork, startWork, type Work, type WorkOptions } from './work.ts';

export type QueueSettings = {
  databaseUrl: string;
  /** Jobs are kept in this Redis; without it in the database. */
  redisUrl?: string | undefined;
  log: Logger;
  clock?: Clock;
  /** Two installations on one store need two names. */
  name?: string;
};

/** The queue of short jobs that wake workers. What is to be done stands in the database; a lost job costs some seconds. */
export type JobQueue = {
  kind: 'postgres' | 'redis';
  doorbell: Doorbell;
  /** Takes jobs in this process until the queue is closed. */
  work(work: Work, options?: WorkOptions): void;
  /** Jobs by state, for the metrics. Rejects with `queue.unavailable` when the store does not answer in time. */
  counts(): Promise<Record<string, number>>;
  /** Workers first (the job under way ends), then what rings, then the connections. */
  close(): Promise<void>;
};

/** Opens the queue and waits until its store answers. Throws `queue.unreachable` for a Redis that does not. */
export async function openQueue(settings: QueueSettings): Promise<JobQueue> {
  const { databaseUrl, redisUrl, log, clock = systemClock, name = 'cacheferry' } = settings;
  if (redisUrl) await checkRedis(redisUrl);
  const onError = (error: Error) => log.warn('the job queue lost its connection', { error: error.message });
  const backend: Backend = redisUrl ? redisBackend(redisUrl, onError) : postgresBackend(databaseUrl);
  const queue = backend.queue(name, { defaultJobOptions: { removeOnComplete: true, removeOnFail: { count: 100 } } });
  queue.on('error', onError);
  await queue.waitUntilReady();
  const doorbell = createDoorbell(queue, log);
  const running: RunningWork[] = [];
  const patience = <T>(asked: Promise<T>, ms: number): Promise<T> =>
    within(asked, ms, clock, () => new FerryError('queue.unavailable'));
  return {
    kind: backend.kind,
    doorbell,
    work: (work, options) => {
      running.push(startWork(work, { backend, queue, name, clock, log }, options));
    },
    counts: async () => {
      try {
        return await patience(queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed'), 3_000);
      } catch (error) {
        throw error instanceof FerryError ? error : new FerryError('queue.unavailable', {}, error);
      }
    },
    close: async () => {
      await Promise.all(running.map((work) => work.close()));
      const end = async () => {
        await doorbell.settled();
        await queue.close();
      };
      await patience(end(), 5_000).catch((error: unknown) => onError(error as Error));
      await backend.close();
    },
  };
}
