import { createRandom, type RedisCluster } from '@cacheferry/testkit';

const everyMs = 200;

/** Moves slots from node to node until it is stopped. Returns how many it has moved. */
export function moveSlots(cluster: RedisCluster, slots: readonly number[]): { stop(): Promise<number> } {
  const random = createRandom(5);
  let isStopped = false;
  const moving = (async () => {
    let moved = 0;
    for (; !isStopped; moved++) {
      await cluster.moveSlot(random.pick(slots), random.below(3));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    return moved;
  })();
  return {
    stop: () => {
      isStopped = true;
      return moving;
    },
  };
}
