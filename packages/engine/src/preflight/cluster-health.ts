import { counted } from '@cacheferry/kernel';
import { type ClusterMember, ClusterView, parseClusterNodes, slotCount } from '@cacheferry/topology';
import type { Finding } from './check.ts';
import type { ServerNode } from './server-node.ts';

/** What each primary of a cluster says of itself and of the others. */
export type ClusterLook = {
  view: ClusterView;
  /** By each server that was asked: its address, what it takes for the state, and who has a slot as it sees it. */
  seen: readonly { name: string; isOk: boolean; own: ClusterMember | undefined; members: readonly ClusterMember[] }[];
};

/** Asks every primary: only the server itself tells which of its slots are being moved. */
export async function lookAtCluster(nodes: readonly ServerNode[], view: ClusterView): Promise<ClusterLook> {
  const seen = await Promise.all(
    nodes.map(async (node) => {
      const { host, port } = await node.address();
      const [info, lines] = await node.askAll([
        ['CLUSTER', 'INFO'],
        ['CLUSTER', 'NODES'],
      ]);
      const members = parseClusterNodes(String(lines), { host, port });
      const id = /^([0-9a-f]+) \S+ [^ ]*myself/m.exec(String(lines))?.[1];
      const isOk = !/cluster_state:fail/.test(String(info));
      return { name: node.name, isOk, own: members.find((member) => member.id === id), members };
    }),
  );
  return { view, seen };
}

/** What keeps it from being copied, or from being written to, first. */
export function judgeCluster({ view, seen }: ClusterLook): Finding {
  const expected = `all ${slotCount} slots served, none moving`;
  const endpoint = seen[0]?.name ?? '';
  const found = (outcome: string, observed: string, facts: Record<string, string | number> = {}): Finding => ({
    outcome,
    observed,
    expected,
    facts: { endpoint, ...facts },
  });
  const missing = slotsWhere((slot) => view.ownerOf(slot) === undefined);
  if (missing.count > 0) return found('slots_missing', `${counted(missing.count, 'slot')} without a server`, missing);
  const failed = namesOf(view.primaries.filter(({ isFailed }) => isFailed));
  if (failed) return found('primary_failed', `failed: ${failed}`, { nodes: failed });
  const down = seen.find(({ isOk }) => !isOk);
  if (down) return found('not_ok', 'cluster_state:fail', { endpoint: down.name });
  const onTheWay = new Set(
    seen.flatMap(({ own }) => [...(own?.migrating.keys() ?? []), ...(own?.importing.keys() ?? [])]),
  );
  const moving = slotsWhere((slot) => onTheWay.has(slot));
  if (moving.count > 0) return found('moving', `${counted(moving.count, 'slot')} moving`, moving);
  const disputed = firstDisputed(seen);
  if (disputed) return found('views_differ', `slot ${disputed.slot} disputed`, disputed);
  const lone = namesOf(
    view.primaries.filter(({ id }) => !view.members.some((one) => one.primaryId === id && !one.isFailed)),
  );
  const primaries = view.primaries.length;
  if (lone) return found('no_replica', 'no replica', { nodes: lone });
  return found('healthy', counted(primaries, 'primary', 'primaries'), { primaries, slots: slotCount });
}

const namesOf = (members: readonly ClusterMember[]): string =>
  members.map(({ host, port }) => `${host}:${port}`).join(', ');

/** How many, and which: `0-99, 7000, …`. */
function slotsWhere(isMeant: (slot: number) => boolean): { count: number; ranges: string } {
  const ranges: [number, number][] = [];
  let count = 0;
  for (let slot = 0; slot < slotCount; slot++) {
    if (!isMeant(slot)) continue;
    count++;
    const last = ranges.at(-1);
    if (last && last[1] === slot - 1) last[1] = slot;
    else ranges.push([slot, slot]);
  }
  const shown = ranges.slice(0, 8).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return { count, ranges: shown.join(', ') + (ranges.length > 8 ? ', …' : '') };
}

/** A slot that two of the servers give to different ones. */
function firstDisputed(seen: ClusterLook['seen']): { slot: number; a: string; b: string } | undefined {
  const views = seen.map(({ members }) => new ClusterView(members));
  for (let slot = 0; slot < slotCount; slot++) {
    const owners = views.flatMap((view) => view.ownerOf(slot) ?? []);
    const other = owners.find(({ id }) => id !== owners[0]?.id);
    if (owners[0] && other) return { slot, a: namesOf([owners[0]]), b: namesOf([other]) };
  }
  return undefined;
}
