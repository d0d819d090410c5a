import { FerryError } from '@cacheferry/kernel';
import { type Check, failure, onEachNode, targetServer } from '../check.ts';
import { foreignCheckpoints } from '../checkpoints.ts';

/** Whether another migration writes to the target, or did and left its checkpoint. */
export const pairBusy: Check = {
  id: 'pair.busy',
  scope: 'pair',
  outcomes: { free: { status: 'pass', message: 'No other migration writes to {endpoint}' } },
  applies: targetServer,
  run: ({ target, task: own }) =>
    onEachNode(target, async (node) => {
      const tasks = await foreignCheckpoints(node, own);
      if (tasks.length === 0) return { outcome: 'free', observed: 'no other checkpoint', expected: 'none' };
      const shown = tasks.slice(0, 5).join(', ');
      const found = failure(new FerryError('preflight.target_in_use', { endpoint: node.name, tasks: shown }), 'none');
      // One of several shards stands behind the task; none of them is needed without the others.
      const [first = ''] = tasks.map((task) => task.split(':')[0] ?? '');
      const command = `ferry forget ${target.url} --task ${first}`;
      const texts = { ...found.texts, status: 'fail' as const, message: found.texts?.message ?? '', command };
      return { ...found, observed: `checkpoints of others: ${tasks.length}`, texts };
    }),
};
