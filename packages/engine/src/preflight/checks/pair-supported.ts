import { FerryError } from '@cacheferry/kernel';
import { refuseEnds, refuseRules } from '../../plan/refuse-job.ts';
import { type Check, failure } from '../check.ts';

const expected = 'can be done';

/** Whether these two ends, with these rules, are something that a migration can do at all. */
export const pairSupported: Check = {
  id: 'pair.supported',
  scope: 'pair',
  outcomes: { supported: { status: 'pass', message: 'Source, target and rules go together' } },
  run: async ({ source, target, rules, options, job }) => {
    try {
      const ends = { source: source.endpoint, target: target.endpoint };
      refuseEnds(ends);
      const isFollowed = source.endpoint.kind === 'aof' || (job.mode === 'sync' && source.isServer && !target.isFile);
      refuseRules(ends, { rules, options, isFollowed });
      return { outcome: 'supported', observed: 'supported', expected };
    } catch (error) {
      if (error instanceof FerryError) return failure(error, expected);
      throw error;
    }
  },
};
