import { type ClusterView, type Placement, slotCount } from '@cacheferry/topology';
import type { End } from './end.ts';
import { volumeOf } from './estimate.ts';
import type { ServerNode } from './server-node.ts';

type Ranges = readonly (readonly [number, number])[];
/** Bytes of data, and the slots that they lie in. */
export type Held = { bytes: number; ranges: Ranges };

const everySlot: Ranges = [[0, slotCount - 1]];

/**
 * Bytes that come to each server of the target: by the slots that it has in common with each of the source's.
 * A source that is no cluster has its data spread over all slots.
 */
export async function bytesByTarget(source: End, target: End): Promise<(node: ServerNode) => Promise<number>> {
  const [held, directory] = [await heldBySource(source), await target.directory()];
  const view = await directory?.view();
  const placement = await target.placement();
  if (placement) {
    const nodes = await target.nodes();
    const total = held.reduce((sum, { bytes }) => sum + bytes, 0);
    return (node) => Promise.resolve(total * shareByPlacement(placement, nodes.indexOf(node)));
  }
  return async (node) => {
    const ranges = view ? await rangesOf(view, node) : everySlot;
    return held.reduce((sum, one) => sum + one.bytes * shareOf(one.ranges, ranges), 0);
  };
}

const tried = 10_000;

/** The part of all keys that a pool has on one of its servers: tried with some names. */
function shareByPlacement(placement: Placement, server: number): number {
  const names = Array.from({ length: tried }, (_, number) => Buffer.from(`name:${number * 2_654_435_761}`));
  return names.filter((name) => placement(name) === server).length / tried;
}

async function heldBySource(source: End): Promise<Held[]> {
  const view = await (await source.directory())?.view();
  return Promise.all(
    (await source.nodes()).map(async (node) => {
      const { dataBytes: bytes } = await volumeOf(node);
      return { bytes, ranges: view ? await rangesOf(view, node) : everySlot };
    }),
  );
}

async function rangesOf(view: ClusterView, node: ServerNode): Promise<Ranges> {
  const { host, port } = await node.address();
  return view.primaries.find((one) => one.host === host && one.port === port)?.ranges ?? [];
}

/** The part of the slots of `from` that `into` has, 0 to 1. */
export function shareOf(from: Ranges, into: Ranges): number {
  const size = (ranges: Ranges) => ranges.reduce((sum, [a, b]) => sum + b - a + 1, 0);
  const common = from.flatMap(([a, b]) =>
    into.map(([c, d]): [number, number] => [Math.max(a, c), Math.min(b, d)]).filter(([low, high]) => low <= high),
  );
  return size(from) === 0 ? 0 : size(common) / size(from);
}
