import { readLibraries } from '@cacheferry/resp';
import { ClusterLink } from '../route/cluster-link.ts';
import type { TargetLink } from '../route/target-link.ts';
import { libraryName } from './library-name.ts';

/** Whether the target's library of that name has the very code of `source`, on every node that has one. */
export async function hasSameLibrary(link: TargetLink, source: Buffer): Promise<boolean> {
  const nodes = link instanceof ClusterLink ? link.nodes.all() : [link];
  const ask = ['FUNCTION', 'LIST', 'LIBRARYNAME', libraryName(source), 'WITHCODE'];
  const lists = await Promise.all(nodes.map((node) => node.pipeline([ask])));
  const codes = lists.flatMap(([list]) => [...(readLibraries(list)?.values() ?? [])]);
  return codes.length > 0 && codes.every((code) => code.equals(source));
}
