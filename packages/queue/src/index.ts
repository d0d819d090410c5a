export { type JobQueue, openQueue, type QueueSettings } from './open-queue.ts';
export type { Work, WorkOptions } from './work.ts';
