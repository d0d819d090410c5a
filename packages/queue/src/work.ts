import type { Ring } from '@cacheferry/domain';
import type { Clock, Logger } from '@cacheferry/kernel';
import type { Job } from 'bullmq';
import type { Backend, JobNews, JobStore, JobTaker, Process } from './backend.ts';
import { ringOfName } from './doorbell.ts';
import { within } from './within.ts';

/** What a worker does. Both are short and may come twice; `signal` ends them when the worker closes or they take too long. */
export type Work = {
  /** Somebody rang: look at this one run, preflight or machine now. */
  answer(ring: Ring, signal: AbortSignal): Promise<void>;
  /** The same, told to every worker at once: whoever looks after it already is the one to wake. Never waits. */
  hear?(ring: Ring): void;
  /** Compare all that should be with all that is. */
  reconcile(signal: AbortSignal): Promise<void>;
};

export type WorkOptions = {
  /** How often somebody among all workers reconciles. */
  reconcileEveryMs?: number;
  /** How long a killed worker keeps its job. */
  lockMs?: number;
  concurrency?: number;
};

export type RunningWork = { close(): Promise<void> };

type Deps = { backend: Backend; queue: JobStore; name: string; clock: Clock; log: Logger };

const reconcileJob = 'reconcile';
const jobTimeoutMs = 30_000;

/** Takes jobs until it is closed; the job under way gets some seconds to end. */
export function startWork(work: Work, deps: Deps, options: WorkOptions = {}): RunningWork {
  const { reconcileEveryMs = 5_000, lockMs = 10_000, concurrency = 20 } = options;
  const closing = new AbortController();
  let lastReconcile = deps.clock.monotonic();
  const reconcile = async () => {
    lastReconcile = deps.clock.monotonic();
    await bounded((signal) => work.reconcile(signal), closing.signal, deps.clock);
  };
  const process = async (job: Job): Promise<void> => {
    if (job.name === reconcileJob) return reconcile();
    const ring = ringOfName(job.name);
    if (ring) await bounded((signal) => work.answer(ring, signal), closing.signal, deps.clock);
  };
  const takers = keepTaking(process, deps, { concurrency, lockMs, signal: closing.signal });
  const minding = mindSchedule(deps, {
    everyMs: reconcileEveryMs,
    signal: closing.signal,
    isOverdue: () => deps.clock.monotonic() - lastReconcile > 3 * reconcileEveryMs,
    reconcile,
  });
  const news = work.hear && listen(deps, (ring) => work.hear?.(ring));
  return {
    close: async () => {
      closing.abort(new Error('the worker is closing'));
      await Promise.all([takers, minding, news && endOf(news, deps)]);
    },
  };
}

function listen({ backend, name, log }: Deps, hear: (ring: Ring) => void): JobNews {
  const news = backend.news(name);
  news.on('error', (error) => log.warn('the news of the queue are interrupted', { error: error.message }));
  news.on('added', (job) => {
    const ring = ringOfName(job.name);
    if (ring) hear(ring);
  });
  return news;
}

async function endOf(news: JobNews, { clock }: Deps): Promise<void> {
  await within(news.close(), 5_000, clock, () => new Error('the news did not end')).catch(() => {});
}

type Taking = { concurrency: number; lockMs: number; signal: AbortSignal };

/** Takes jobs until the signal. A BullMQ worker whose very first contact with the store failed never works: another is made. */
async function keepTaking(process: Process, deps: Deps, taking: Taking): Promise<void> {
  while (!taking.signal.aborted) {
    const taker = makeTaker(process, deps, taking);
    try {
      await within(taker.waitUntilReady(), 15_000, deps.clock, () => new Error('the store did not answer'));
      const ended = taker.run();
      await Promise.race([ended, aborted(taking.signal)]);
    } catch (error) {
      deps.log.warn('the job worker could not start', { error: String(error) });
    }
    if (!taking.signal.aborted) await deps.clock.sleep(1_000, taking.signal).catch(() => {});
    await within(taker.close(), 8_000, deps.clock, () => new Error('a job did not end')).catch((error: unknown) =>
      deps.log.warn('the job worker was left', { error: String(error) }),
    );
  }
}

function makeTaker(process: Process, { backend, name, log }: Deps, { concurrency, lockMs }: Taking): JobTaker {
  // A killed worker's job is taken over after lockMs and half of it again at the latest; all workers must agree on this.
  const taker = backend.worker(name, process, {
    autorun: false,
    concurrency,
    lockDuration: lockMs,
    stalledInterval: Math.ceil(lockMs / 2),
    maxStalledCount: 10,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 100 },
  });
  taker.on('error', (error) => log.warn('the job worker lost its connection', { error: error.message }));
  taker.on('failed', (job, error) => log.error('a job failed', { job: job?.name, error: error.message }));
  return taker;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

type Schedule = { everyMs: number; signal: AbortSignal; isOverdue: () => boolean; reconcile: () => Promise<void> };

/**
 * Sets the schedule, and sets it again should the store have lost it. Where the store does not answer, this worker
 * reconciles by its own clock: migrations must not wait for a queue.
 */
async function mindSchedule(deps: Deps, { everyMs, signal, isOverdue, reconcile }: Schedule): Promise<void> {
  let nextSet = 0;
  while (!signal.aborted) {
    try {
      if (deps.clock.monotonic() >= nextSet) {
        await deps.queue.upsertJobScheduler(reconcileJob, { every: everyMs }, { name: reconcileJob });
        nextSet = deps.clock.monotonic() + 12 * everyMs;
      }
    } catch (error) {
      deps.log.warn('the schedule of the reconciler could not be set', { error: String(error) });
    }
    try {
      if (isOverdue()) await reconcile();
    } catch (error) {
      if (!signal.aborted) deps.log.error('reconciling failed', { error: String(error) });
    }
    await deps.clock.sleep(everyMs, signal).catch(() => {});
  }
}

/** Runs one job with a signal that ends it, and lets go of the timer and the listener as soon as the job is done. */
async function bounded(run: (signal: AbortSignal) => Promise<void>, closing: AbortSignal, clock: Clock): Promise<void> {
  const ending = new AbortController();
  const stop = () => ending.abort(closing.reason);
  closing.addEventListener('abort', stop);
  if (closing.aborted) stop();
  const alarm = clock.sleep(jobTimeoutMs, ending.signal).then(
    () => ending.abort(new Error('the job took too long')),
    () => {},
  );
  try {
    await run(ending.signal);
  } finally {
    closing.removeEventListener('abort', stop);
    ending.abort();
    await alarm;
  }
}
