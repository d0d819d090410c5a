/** The questions of the preflight that have a name in the language files. */
export const rowNames = [
  'machine.reachable',
  'machine.cpu',
  'machine.memory',
  'machine.disk',
  'machine.files',
  'machine.colocated',
  'machine.clock',
  'net.source',
  'net.target',
  'net.tls',
  'net.bandwidth',
  'source.auth',
  'target.auth',
  'source.permissions',
  'target.permissions',
  'source.psync',
  'source.version',
  'target.version',
  'source.replica_buffer',
  'source.backlog',
  'source.persistence',
  'source.role',
  'source.cluster',
  'target.cluster',
  'target.role',
  'target.empty',
  'target.eviction',
  'target.connections',
  'pair.version',
  'pair.memory',
  'pair.same_instance',
  'pair.busy',
  'pair.databases',
  'pair.family',
  'pair.modules',
  'pair.functions',
  'file.readable',
  'file.version',
  'target.file',
] as const;
export type RowName = (typeof rowNames)[number];

/** The id as a known one, or `undefined` for a question that is newer than this page. */
export function knownRow(id: string): RowName | undefined {
  return rowNames.find((name) => name === id);
}
