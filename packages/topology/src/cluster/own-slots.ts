import { parseClusterNodes } from './cluster-view.ts';

/** What a node of a cluster says of its own slots. */
export type OwnSlots = {
  /** As a primary. */
  owns: (slot: number) => boolean;
  /** Whether the slot is on its way from or to it. */
  moves: (slot: number) => boolean;
};

/** Reads from an answer to CLUSTER NODES what the node that gave it has itself. */
export function ownSlots(nodes: string): OwnSlots {
  const line = nodes.split('\n').find((one) => /\bmyself\b/.test(one.split(' ')[2] ?? ''));
  const [me] = parseClusterNodes(line ?? '', { host: '', port: 0 });
  return {
    owns: (slot) => me?.isPrimary === true && me.ranges.some(([from, to]) => slot >= from && slot <= to),
    moves: (slot) => me?.migrating.has(slot) === true || me?.importing.has(slot) === true,
  };
}
