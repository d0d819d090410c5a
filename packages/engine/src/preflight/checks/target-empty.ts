import type { MigrationOptions } from '@cacheferry/contract';
import { counted, printableKey } from '@cacheferry/kernel';
import { type Check, type CheckContext, type Finding, followsValues, targetServer } from '../check.ts';
import { foreignCheckpoints, ownCheckpoint, ownCheckpointNow } from '../checkpoints.ts';
import { findOverlap } from '../overlap.ts';

/** Keys that the target has already, against what the job says about them. */
export const targetEmpty: Check = {
  id: 'target.empty',
  scope: 'target',
  outcomes: {
    empty: { status: 'pass', message: 'The target is empty' },
    resumed: { status: 'pass', message: 'The target holds the checkpoint of this migration: it will be resumed' },
    filled: {
      status: 'warn',
      message:
        'The target holds keys already ({keys}); none of {sampled} sampled {sampled|key|keys} of the source is among them',
      fix: 'Make sure that they may stay. Keys that both have will be treated by --on-conflict {policy}.',
    },
    overlap: {
      status: 'warn',
      message:
        'The target holds keys already ({keys}), and {overlap} of {sampled} sampled {sampled|key|keys} of the source {overlap|is|are} among them, to be treated by --on-conflict {policy}',
      fix: 'Make sure that this is meant.',
    },
    filled_values: {
      status: 'fail',
      message:
        'The target holds keys already ({keys}), and one of them could be taken for a key that a rule about type, ttl or size leaves out',
      fix: 'Empty the target, or use --mode full, or rules by name.',
    },
    filled_fail: {
      status: 'fail',
      message: 'The target holds keys already ({keys}), and keys that both have end the migration (--on-conflict fail)',
      fix: 'Empty the target, or choose --on-conflict overwrite or --on-conflict skip.',
      overridable: true,
    },
    overlap_fail: {
      status: 'fail',
      message:
        'The target holds keys already ({keys}), the key {key} in database {db} for one, and keys that both have end the migration (--on-conflict fail)',
      fix: 'Empty the target, or choose --on-conflict overwrite or --on-conflict skip.',
      overridable: true,
    },
  },
  applies: targetServer,
  run: async (context) => {
    const keys = await countKeys(context);
    if (keys === 0) return { outcome: 'empty', observed: '0 keys', expected: 'empty' };
    if (await isResumed(context)) return { outcome: 'resumed', observed: counted(keys, 'key'), expected: 'empty' };
    const { overlap, sampled } = await findOverlap(context);
    const [first] = overlap;
    const facts = {
      keys,
      overlap: overlap.length,
      sampled,
      policy: context.options.onConflict,
      ...(first ? { key: printableKey(first.key), db: first.db } : {}),
    };
    return {
      outcome: followsValues(context)
        ? 'filled_values'
        : judgeFilled(context.options, overlap.length, context.rules?.hasValues === true),
      observed: counted(keys, 'key'),
      expected: 'empty',
      facts,
    };
  },
};

/** With rules about values a sampled key may be one that is not copied: an overlap is then no proof. */
export function judgeFilled(
  { onConflict }: Pick<MigrationOptions, 'onConflict'>,
  overlap: number,
  hasValueRules: boolean,
): Finding['outcome'] {
  if (onConflict === 'fail') return overlap > 0 && !hasValueRules ? 'overlap_fail' : 'filled_fail';
  return overlap > 0 ? 'overlap' : 'filled';
}

/** Keys of others: checkpoints are not data. */
async function countKeys({ target, task }: CheckContext): Promise<number> {
  const counts = await Promise.all(
    (await target.nodes()).map(async (node) => {
      const own = await ownCheckpoint(node, task);
      const foreign = own ? [] : await foreignCheckpoints(node, task);
      return (await node.info()).keys - (own ? 1 : 0) - foreign.length;
    }),
  );
  return Math.max(
    0,
    counts.reduce((sum, count) => sum + count, 0),
  );
}

async function isResumed({ target, task }: CheckContext): Promise<boolean> {
  const found = await Promise.all((await target.nodes()).map((node) => ownCheckpointNow(node, task)));
  return found.some(Boolean);
}
