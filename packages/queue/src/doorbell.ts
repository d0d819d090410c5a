import type { Doorbell, Ring } from '@cacheferry/domain';
import type { Logger } from '@cacheferry/kernel';
import type { JobStore } from './backend.ts';

/** What a user waits for goes first. */
const priorities: Record<Ring['kind'], number> = { run: 1, preflight: 2, machine: 3 };

/** The name of a ring's job: all that the news of a job tell. */
export const nameOfRing = ({ kind, id }: Ring): string => `${kind} ${id}`;

/** The ring that a job's name tells of; other jobs are nobody's ring. */
export function ringOfName(name: string): Ring | undefined {
  const [, kind, id = ''] = /^(run|preflight|machine) (\S{1,64})$/.exec(name) ?? [];
  return kind === 'run' || kind === 'preflight' || kind === 'machine' ? { kind, id } : undefined;
}

/** The domain's doorbell: a ring becomes a job. `settled` waits for those under way. */
export type QueueDoorbell = Doorbell & { settled(): Promise<void> };

/** Makes a doorbell on a queue. A ring that cannot be stored is logged and left to the reconciler. */
export function createDoorbell(queue: JobStore, log: Logger): QueueDoorbell {
  const underWay = new Set<Promise<void>>();
  return {
    ring: (rings) => {
      if (rings.length === 0) return;
      const jobs = rings.map((ring) => ({
        name: nameOfRing(ring),
        data: ring,
        opts: { priority: priorities[ring.kind] },
      }));
      const done = queue.addBulk(jobs).then(
        () => {},
        (error: unknown) => log.warn('a ring was not stored; the reconciler will find it', { error: String(error) }),
      );
      underWay.add(done);
      void done.finally(() => underWay.delete(done));
    },
    settled: async () => {
      await Promise.all(underWay);
    },
  };
}
