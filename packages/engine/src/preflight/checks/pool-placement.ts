import { printableKey } from '@cacheferry/kernel';
import type { Placement } from '@cacheferry/topology';
import { isBookkeeping } from '../../write/bookkeeping.ts';
import type { Check, CheckContext, Finding } from '../check.ts';
import { sampleKeys } from '../sample.ts';

/** Left over from another size of the pool there may be some; a wrong hash puts keys anywhere. */
const shareOfChance = 0.5;

/** Whether the keys of a pool lie where its file says: it may be another file than the one that the proxy runs with. */
const outcomes: Check['outcomes'] = {
  right: { status: 'pass', message: '{right} of {sampled} sampled keys lie where the hash of the pool puts them' },
  strays: {
    status: 'warn',
    message: '{strays} of {sampled} sampled keys lie on another server than the pool puts them, {key} for one',
    fix: 'Nothing, if the pool was enlarged before and they are left over. Else compare hash, distribution, hash_tag and servers with the file of the proxy.',
  },
  wrong: {
    status: 'fail',
    message: '{strays} of {sampled} sampled keys lie on another server than the pool puts them, {key} for one',
    fix: 'Give the file that the proxy runs with: hash, distribution, hash_tag, names and weights of the servers decide.',
    overridable: true,
  },
  unknown: { status: 'pass', message: 'The servers of the pool do not let their keys be listed' },
};

/** The keys of a source pool. */
export const sourcePlacement: Check = {
  id: 'source.placement',
  scope: 'source',
  outcomes,
  applies: ({ source }) => source.endpoint.kind === 'twemproxy',
  run: ({ source }) => lookAt(source),
};

/** The keys that a target pool has already. */
export const targetPlacement: Check = {
  id: 'target.placement',
  scope: 'target',
  outcomes,
  applies: ({ target }) => target.endpoint.kind === 'twemproxy',
  run: ({ target }) => lookAt(target),
};

async function lookAt(end: CheckContext['source']): Promise<Finding> {
  const [nodes, place] = [await end.nodes(), await end.placement()];
  const sample = place ? await sampleKeys(end) : null;
  if (!place || !sample) return { outcome: 'unknown', observed: 'unknown' };
  return judgePlacement(
    sample.keys.map(({ key, node }) => ({ key, at: nodes.indexOf(node) })),
    place,
    nodes.length,
  );
}

/** `at`: on which of so many servers a key was found. */
export function judgePlacement(
  found: readonly { key: Buffer; at: number }[],
  place: Placement,
  servers: number,
): Finding {
  const keys = found.filter(({ key }) => !isBookkeeping(key, 0, key.length));
  const strays = keys.filter(({ key, at }) => place(key) !== at);
  const byChance = keys.length * (1 - 1 / servers);
  const isWrong = strays.length > 0 && strays.length >= byChance * shareOfChance;
  const outcome = isWrong ? 'wrong' : strays.length > 0 ? 'strays' : 'right';
  const [first] = strays;
  const facts = {
    sampled: keys.length,
    right: keys.length - strays.length,
    strays: strays.length,
    key: first ? printableKey(first.key) : '',
  };
  return { outcome, observed: `${strays.length} elsewhere`, expected: 'none elsewhere', facts };
}
