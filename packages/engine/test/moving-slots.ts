import { createRandom, type RedisCluster, waitFor } from '@cacheferry/testkit';

const everyMs = 200;

/** Moves slots between the first three nodes until it is stopped. */
export class MovingSlots {
  #count = 0;
  #isStopped = false;
  #failure: unknown = null;
  readonly #moving: Promise<void>;

  constructor(cluster: RedisCluster, slots: readonly number[]) {
    this.#moving = this.#move(cluster, slots).catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** How many it has moved; throws what a move failed with. */
  get count(): number {
    if (this.#failure !== null) throw this.#failure;
    return this.#count;
  }

  /** Waits until it has moved so many, however fast the machine is. */
  async until(count: number): Promise<void> {
    const isOver = () => this.#failure !== null || this.#count >= count;
    await waitFor(isOver, { deadlineMs: 60_000, what: `${count} moves of slots` });
    expectNone(this.#failure);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#moving;
    expectNone(this.#failure);
  }

  async #move(cluster: RedisCluster, slots: readonly number[]): Promise<void> {
    const random = createRandom(5);
    for (; !this.#isStopped; this.#count++) {
      const slot = random.pick(slots);
      const owner = cluster.nodes.indexOf(await cluster.ownerOf(slot));
      await cluster.moveSlot(slot, (owner + 1 + random.below(2)) % 3);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}

function expectNone(failure: unknown): void {
  if (failure !== null) throw failure;
}
