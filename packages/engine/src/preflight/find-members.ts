import type { EndpointFacts, EndpointMember } from '@cacheferry/contract';
import { endpointName } from '@cacheferry/resp';
import type { ClusterView } from '@cacheferry/topology';
import type { End } from './end.ts';
import type { Info } from './info.ts';
import { productOf } from './product.ts';
import type { ServerNode } from './server-node.ts';

type Found = Pick<EndpointFacts, 'members' | 'mode' | 'masterNames'>;

/** All servers behind an address, as they name each other, and what the first of them says it is. */
export async function findMembers(end: End): Promise<Found> {
  const nodes = await end.nodes();
  const infos = await Promise.all(nodes.map((node) => node.info()));
  const view = await (await end.directory())?.view();
  const members = view ? ofCluster(view, nodes, infos) : nodes.flatMap((node, at) => ofServer(node, infos[at] as Info));
  const mode = modeOf(infos[0] as Info);
  return { members, mode, masterNames: mode === 'sentinel' ? await masterNames(nodes[0] as ServerNode) : [] };
}

function modeOf(info: Info): Found['mode'] {
  const mode = info.text('redis_mode');
  if (mode === 'sentinel') return 'sentinel';
  return mode === 'cluster' || info.text('cluster_enabled') === '1' ? 'cluster' : 'standalone';
}

function ofCluster(view: ClusterView, nodes: readonly ServerNode[], infos: readonly Info[]): EndpointMember[] {
  const byName = new Map(nodes.map((node, at) => [node.name, infos[at] as Info]));
  return view.members.map((member) => {
    const address = endpointName(member);
    const info = byName.get(address);
    const primary = view.member(member.primaryId);
    const slots = member.ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    return {
      address,
      role: member.isPrimary ? 'primary' : 'replica',
      isFailed: member.isFailed,
      primary: primary ? endpointName(primary) : null,
      slots: member.isPrimary ? slots : null,
      keys: info && member.isPrimary ? info.keys : null,
      version: info ? (productOf(info)?.version ?? null) : null,
    };
  });
}

/** The server itself, and the replicas that are connected to it. */
function ofServer(node: ServerNode, info: Info): EndpointMember[] {
  const isPrimary = info.text('role') !== 'slave';
  const own: EndpointMember = {
    address: node.name,
    role: isPrimary ? 'primary' : 'replica',
    isFailed: false,
    primary: isPrimary ? null : `${info.text('master_host')}:${info.text('master_port')}`,
    slots: null,
    keys: info.keys,
    version: productOf(info)?.version ?? null,
  };
  const replicas = Array.from({ length: info.number('connected_slaves') ?? 0 }, (_, at) => info.text(`slave${at}`));
  const found = replicas.flatMap((line) => /^ip=([^,]+),port=(\d+),state=(\w+)/.exec(line ?? '') ?? []);
  const others: EndpointMember[] = [];
  for (let at = 0; at + 3 < found.length; at += 4) {
    const [host = '', port = '', state = ''] = found.slice(at + 1, at + 4);
    // Who takes the stream without serving anybody, as a migration does, names no port.
    if (port === '0') continue;
    const address = endpointName({ host, port: Number(port) });
    others.push({
      ...own,
      address,
      role: 'replica',
      isFailed: state !== 'online',
      primary: node.name,
      keys: null,
      version: null,
    });
  }
  return [own, ...others];
}

async function masterNames(sentinel: ServerNode): Promise<string[]> {
  const reply = await sentinel.ask('SENTINEL', 'MASTERS');
  const lists = Array.isArray(reply) ? reply.filter(Array.isArray) : [];
  return lists.map((fields) => String(fields[fields.findIndex((field) => String(field) === 'name') + 1]));
}
