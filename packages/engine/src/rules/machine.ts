import type { RegexNode } from '@cacheferry/contract';

/** A step of a machine: takes a byte of a set, goes on in two ways, asks for the beginning or the end, or has matched. */
export type Step =
  | { kind: 'set'; set: Uint8Array; next: number }
  | { kind: 'fork'; next: number; other: number }
  | { kind: 'start' | 'end'; next: number }
  | { kind: 'match' };

/** The steps of a pattern, the first of which is `first`. Spec: Thompson's construction. */
export type Machine = { steps: readonly Step[]; first: number };

/** Builds the machine of a pattern from its end. */
export function buildMachine(node: RegexNode): Machine {
  const steps: Step[] = [{ kind: 'match' }];
  return { steps, first: add(steps, node, 0) };
}

/** Adds a node before `next`; returns where it begins. */
function add(steps: Step[], node: RegexNode, next: number): number {
  switch (node.kind) {
    case 'set':
      return steps.push({ kind: 'set', set: node.set, next }) - 1;
    case 'start':
    case 'end':
      return steps.push({ kind: node.kind, next }) - 1;
    case 'all':
      return node.nodes.reduceRight((behind, one) => add(steps, one, behind), next);
    case 'any':
      return node.nodes
        .map((one) => add(steps, one, next))
        .reduceRight((other, one) => steps.push({ kind: 'fork', next: one, other }) - 1);
    case 'repeat':
      return addRepeat(steps, node, next);
  }
}

function addRepeat(steps: Step[], { node, min, max }: RegexNode & { kind: 'repeat' }, next: number): number {
  let at = next;
  if (max === Number.POSITIVE_INFINITY) {
    const fork: Step & { kind: 'fork' } = { kind: 'fork', next: 0, other: next };
    at = steps.push(fork) - 1;
    fork.next = add(steps, node, at);
  } else {
    for (let n = min; n < max; n++) at = steps.push({ kind: 'fork', next: add(steps, node, at), other: next }) - 1;
  }
  for (let n = 0; n < min; n++) at = add(steps, node, at);
  return at;
}
