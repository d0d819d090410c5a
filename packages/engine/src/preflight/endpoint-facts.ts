import type { EndpointFacts } from '@cacheferry/contract';
import type { End } from './end.ts';
import { findMembers } from './find-members.ts';
import type { Info } from './info.ts';
import { productOf } from './product.ts';

/** What an end was found to be; what could not be read is null. */
export async function factsOf(end: End): Promise<EndpointFacts> {
  const { infos, nodes } = end.isServer ? await readInfos(end) : unknown;
  const [first] = infos;
  const product = first ? productOf(first) : null;
  return {
    kind: end.endpoint.kind,
    product: product?.name.toLowerCase() ?? null,
    version: product?.version ?? null,
    role: roleOf(first),
    keys: first ? infos.reduce((sum, info) => sum + info.keys, 0) : null,
    usedMemoryBytes: sumOf(infos, 'used_memory'),
    maxMemoryBytes: sumOf(infos, 'maxmemory'),
    runId: infos.map((info) => info.text('run_id')).join(',') || null,
    databases: databasesOf(infos),
    nodes,
    ...(first ? await findMembers(end) : { members: [], mode: null, masterNames: [] }),
  };
}

const unknown: { infos: Info[]; nodes: string[] } = { infos: [], nodes: [] };

/** An end that answers in part counts as unknown. */
async function readInfos(end: End): Promise<{ infos: Info[]; nodes: string[] }> {
  const attempt = await end.attempt();
  if ('error' in attempt) return unknown;
  const infos = await Promise.allSettled(attempt.nodes.map((node) => node.info()));
  if (!infos.every((info) => info.status === 'fulfilled')) return unknown;
  return { infos: infos.map((info) => info.value), nodes: attempt.nodes.map((node) => node.name) };
}

function roleOf(info: Info | undefined): string | null {
  const role = info?.text('role') ?? null;
  return role === 'slave' ? 'replica' : role === 'master' ? 'primary' : role;
}

function sumOf(infos: readonly Info[], name: string): number | null {
  const numbers = infos.map((info) => info.number(name));
  return numbers.length === 0 || numbers.includes(null) ? null : numbers.reduce<number>((sum, n) => sum + (n ?? 0), 0);
}

function databasesOf(infos: readonly Info[]): Record<string, number> {
  const databases: Record<string, number> = {};
  for (const info of infos)
    for (const [db, { keys = 0 }] of info.databases()) databases[db] = (databases[db] ?? 0) + keys;
  return databases;
}
