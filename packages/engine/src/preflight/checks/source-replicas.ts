import { counted } from '@cacheferry/kernel';
import { byStream, type Check, type Finding, onEachNode } from '../check.ts';
import type { Info } from '../info.ts';

/** The engine looks like one more replica to the source, and is counted as one. */
export const sourceReplicas: Check = {
  id: 'source.replicas',
  scope: 'source',
  outcomes: {
    unneeded: {
      status: 'pass',
      message: '{endpoint} has {replicas} {replicas|replica|replicas}, and does not ask for any to take writes',
    },
    counted: {
      status: 'warn',
      message:
        '{endpoint} takes writes only with {needed} {needed|replica|replicas} in touch, and has {replicas}: the migration counts as one more',
      fix: 'Read from a replica, so that a write is not taken for safe because the migration has it.',
    },
  },
  applies: byStream,
  run: ({ source }) =>
    onEachNode(source, async (node) => {
      const setting = (await node.config('min-replicas-to-write')) ?? (await node.config('min-slaves-to-write'));
      return judgeReplicas(await node.info(), Number(setting ?? 0));
    }),
};

/** `needed`: what min-replicas-to-write says. */
export function judgeReplicas(info: Info, needed: number): Finding {
  const replicas = info.number('connected_slaves') ?? 0;
  const outcome = needed > 0 ? 'counted' : 'unneeded';
  return {
    outcome,
    observed: counted(replicas, 'replica'),
    expected: 'none needed to write',
    facts: { replicas, needed },
  };
}
