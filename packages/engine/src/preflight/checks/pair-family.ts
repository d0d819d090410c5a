import { FerryError } from '@cacheferry/kernel';
import { type Check, failure } from '../check.ts';

/** Whether data of the source's family can go into the target's. */
export const pairFamily: Check = {
  id: 'pair.family',
  scope: 'pair',
  outcomes: {
    same: { status: 'pass', message: 'Both ends hold data of the same kind' },
    memcached_to_redis: { status: 'pass', message: 'Items of memcached become strings of Redis' },
  },
  run: async ({ source, target }) => {
    if (source.family === target.family) return { outcome: 'same', observed: source.family };
    if (source.family === 'memcached') return { outcome: 'memcached_to_redis', observed: 'memcached to redis' };
    const facts = { source: source.family, target: target.family };
    return failure(new FerryError('endpoint.family_mismatch', facts), 'the same family');
  },
};
