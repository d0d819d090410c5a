import { slotCount } from './key-slot.ts';

/** One server of a cluster, as another one (or itself) describes it. */
export type ClusterMember = {
  id: string;
  host: string;
  port: number;
  isPrimary: boolean;
  /** The primary that it replicates; empty for a primary. */
  primaryId: string;
  /** Whether the cluster, or the server that was asked, takes it for failed. */
  isFailed: boolean;
  configEpoch: number;
  /** First and last slot of each range. */
  ranges: readonly (readonly [number, number])[];
  /** Slots on their way to another member, with its id, and those that come from one. Only the member itself tells. */
  migrating: ReadonlyMap<number, string>;
  importing: ReadonlyMap<number, string>;
};

/** Who is in a cluster and has which slots, at one moment, as one of its servers sees it. */
export class ClusterView {
  readonly members: readonly ClusterMember[];
  /** The newest configuration epoch that it knows: of two views the one with the higher is the newer. */
  readonly epoch: number;
  readonly #byId: ReadonlyMap<string, ClusterMember>;
  readonly #owners = new Int16Array(slotCount).fill(-1);

  constructor(members: readonly ClusterMember[]) {
    this.members = members;
    this.epoch = Math.max(0, ...members.map(({ configEpoch }) => configEpoch));
    this.#byId = new Map(members.map((member) => [member.id, member]));
    members.forEach((member, index) => {
      for (const [from, to] of member.ranges) this.#owners.fill(index, from, to + 1);
    });
  }

  /** The primaries that have slots, in the order of their first one. */
  get primaries(): ClusterMember[] {
    const owning = this.members.filter(({ isPrimary, ranges }) => isPrimary && ranges.length > 0);
    return owning.sort((a, b) => (a.ranges[0]?.[0] ?? 0) - (b.ranges[0]?.[0] ?? 0));
  }

  member(id: string): ClusterMember | undefined {
    return this.#byId.get(id);
  }

  /** The member that has a slot; undefined while none does. */
  ownerOf(slot: number): ClusterMember | undefined {
    return this.members[this.#owners[slot] as number];
  }

  /** The first slot that nobody has, or −1. */
  get firstUnserved(): number {
    return this.#owners.indexOf(-1);
  }
}

/**
 * Reads the answer of CLUSTER NODES.
 *
 * Shape of a line: `id ip:port@bus[,hostname[,name=value…]] flags primary ping pong epoch link [slots…]`. `asked` stands in for
 * an address that the server does not know, which is its own.
 * Spec: redis cluster.c, clusterGenNodeDescription.
 */
export function parseClusterNodes(text: string, asked: { host: string; port: number }): ClusterMember[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line) => {
    const [id = '', place = '', flags = '', primary = '-', , , epoch = '0', , ...slots] = line.trim().split(' ');
    const found = /^(.*):(\d+)(?:@\d+)?(?:,([^,]*))?/.exec(place);
    const marks = flags.split(',');
    if (!found || marks.includes('noaddr') || marks.includes('handshake')) return [];
    const [, ip = '', port = '0'] = found;
    const host = ip.replace(/^\[|\]$/g, '') || asked.host;
    return [
      {
        id,
        host,
        port: Number(port) || asked.port,
        isPrimary: marks.includes('master'),
        primaryId: primary === '-' ? '' : primary,
        isFailed: marks.includes('fail') || marks.includes('fail?'),
        configEpoch: Number(epoch),
        ...slotsOf(slots),
      },
    ];
  });
}

function slotsOf(words: readonly string[]): Pick<ClusterMember, 'ranges' | 'migrating' | 'importing'> {
  const ranges: [number, number][] = [];
  const migrating = new Map<number, string>();
  const importing = new Map<number, string>();
  for (const word of words) {
    const move = /^\[(\d+)-([<>])-([0-9a-f]+)\]$/.exec(word);
    if (move) (move[2] === '>' ? migrating : importing).set(Number(move[1]), move[3] ?? '');
    const range = /^(\d+)(?:-(\d+))?$/.exec(word);
    if (range) ranges.push([Number(range[1]), Number(range[2] ?? range[1])]);
  }
  return { ranges, migrating, importing };
}
