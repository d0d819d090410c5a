import { silentLogger } from '@cacheferry/kernel';
import { openQueue } from '../src/index.ts';

/** A worker of its own that takes a job and never ends it: to be killed in the middle. */
const [databaseUrl = '', redisUrl = '', name = '', lockMs = ''] = process.argv.slice(2);
const queue = await openQueue({ databaseUrl, redisUrl, name, log: silentLogger });
queue.work(
  {
    answer: async ({ id }) => {
      process.stdout.write(`${id}\n`);
      await new Promise(() => {});
    },
    reconcile: async () => {},
  },
  { lockMs: Number(lockMs), reconcileEveryMs: 60_000 },
);
