import {
  createPostgresBackend,
  createRedisBackend,
  type Job,
  type JobType,
  Queue,
  QueueEvents,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';

type NewJob = { name: string; data: unknown; opts: { priority: number } };
export type Process = (job: Job) => Promise<void>;

/** What is used of a BullMQ queue, whatever keeps its jobs. */
export interface JobStore {
  addBulk(jobs: NewJob[]): Promise<unknown>;
  upsertJobScheduler(id: string, repeat: { every: number }, template: { name: string }): Promise<unknown>;
  getJobCounts(...types: JobType[]): Promise<Record<string, number>>;
  waitUntilReady(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

/** What is used of a BullMQ worker. */
export interface JobTaker {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'failed', listener: (job: { name: string } | undefined, error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  /** Takes jobs until it is closed. */
  run(): Promise<void>;
  close(): Promise<void>;
}

/** What is used of BullMQ's events: every process hears of every job that is added. */
export interface JobNews {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'added', listener: (job: { name: string }) => void): unknown;
  close(): Promise<void>;
}

/** Where the jobs are kept: everything else is written once against queue and worker. */
export type Backend = {
  kind: 'postgres' | 'redis';
  queue(name: string, options: Omit<QueueOptions, 'connection'>): JobStore;
  worker(name: string, process: Process, options: Omit<WorkerOptions, 'connection'>): JobTaker;
  news(name: string): JobNews;
  close(): Promise<void>;
};

/** Jobs in the database, in a schema of their own that Prisma does not look at. Each queue and worker has its own pool. */
export function postgresBackend(url: string): Backend {
  const connection = (max: number) => ({
    connectionString: url,
    schema: 'bullmq',
    migrate: true,
    max,
    connectionTimeoutMillis: 5_000,
  });
  return {
    kind: 'postgres',
    queue: (name, options) => new Queue(name, { ...options, connection: connection(2) }, createPostgresBackend),
    worker: (name, process, options) =>
      new Worker(name, process, { ...options, connection: connection(3) }, createPostgresBackend),
    news: (name) => new QueueEvents(name, { connection: connection(1) }, createPostgresBackend),
    close: async () => {},
  };
}

/** Jobs in Redis. The queue's connection refuses while it is cut, the worker's waits: it has nothing else to do. */
export function redisBackend(url: string, onError: (error: Error) => void): Backend {
  const open: Redis[] = [];
  const connect = (enableOfflineQueue: boolean) => {
    const client = new Redis(url, { maxRetriesPerRequest: null, enableOfflineQueue, connectTimeout: 5_000 });
    client.on('error', onError);
    open.push(client);
    return client;
  };
  return {
    kind: 'redis',
    queue: (name, options) => new Queue(name, { ...options, connection: connect(false) }, createRedisBackend),
    worker: (name, process, options) =>
      new Worker(name, process, { ...options, connection: connect(true) }, createRedisBackend),
    news: (name) => new QueueEvents(name, { connection: connect(true) }, createRedisBackend),
    close: async () => {
      for (const client of open) client.disconnect();
    },
  };
}
