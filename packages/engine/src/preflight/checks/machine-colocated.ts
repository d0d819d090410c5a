import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { isSocketPath } from '@cacheferry/contract';
import { type Check, type Finding, sourceServer } from '../check.ts';
import { Prerequisite } from '../prerequisite.ts';

/** Whether the source runs on this machine: snapshot and migration then compete. */
export const machineColocated: Check = {
  id: 'machine.colocated',
  scope: 'machine',
  outcomes: {
    apart: { status: 'pass', message: 'The source runs on other hosts than this machine' },
    together: {
      status: 'warn',
      message: 'This machine also runs {nodes}: snapshots and migration compete for memory, disk and processors',
      fix: 'Choose another machine if this one is short of any of them.',
    },
  },
  applies: sourceServer,
  run: async ({ source }) => {
    const own = new Set(
      Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []),
    );
    const places = await Promise.all(
      (await source.nodes()).map(async (node) => {
        const { host } = await node.address();
        return { name: node.name, addresses: await addressesOf(host) };
      }),
    );
    return judgePlaces(places, own);
  },
};

async function addressesOf(host: string): Promise<string[]> {
  if (isSocketPath(host)) return ['127.0.0.1'];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    throw new Prerequisite('net.source');
  }
}

export type NodePlace = { name: string; addresses: readonly string[] };

/** By the addresses of this machine's network interfaces. */
export function judgePlaces(places: readonly NodePlace[], own: ReadonlySet<string>): Finding {
  const here = places.filter(({ addresses }) => addresses.some((address) => own.has(address)));
  const nodes = here.map(({ name }) => name).join(', ');
  const outcome = here.length > 0 ? 'together' : 'apart';
  return { outcome, observed: nodes || 'elsewhere', expected: 'elsewhere', facts: { nodes } };
}
