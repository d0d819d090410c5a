import type { Clock } from '@cacheferry/kernel';
import { infoCount, type Reply } from '@cacheferry/resp';
import { ClusterLink } from './cluster-link.ts';
import type { TargetLink } from './target-link.ts';

const rebaseEveryMs = 1_000;

/** Keys, and fields of hashes as Redis and Valkey count them. */
const counters = ['expired_keys', 'expired_subkeys', 'expired_fields'] as const;

/**
 * Tells whether any node of a cluster has dropped a key, or a field of one, at its time since the target was level. Where none has, a key that
 * is missing is a new one, and nothing has to be asked.
 *
 * A node that is started anew counts from 0, but ends the connection; one that joins was not counted before.
 */
export class NodeExpiries {
  readonly #clock: Clock;
  readonly #open: () => Promise<TargetLink>;
  #link: ClusterLink | null = null;
  #counts: ReadonlyMap<string, number> | null = null;
  #countedAtMs = Number.NEGATIVE_INFINITY;

  /** `open`: a connection of its own, so that it does not wait behind what is sent. */
  constructor(clock: Clock, open: () => Promise<TargetLink>) {
    this.#clock = clock;
    this.#open = open;
  }

  /** The target is level: what was dropped up to now does not count. */
  async level(): Promise<void> {
    if (this.#clock.monotonic() - this.#countedAtMs < rebaseEveryMs) return;
    this.#countedAtMs = this.#clock.monotonic();
    this.#counts = await this.#count();
  }

  /** Whether it is known that none has dropped any since. Once it is not, it is not until the target is level again. */
  async isQuiet(): Promise<boolean> {
    const before = this.#counts;
    if (before === null) return false;
    const now = await this.#count();
    const isSame = now !== null && [...now].every(([node, count]) => before.get(node) === count);
    if (!isSame) this.forget();
    return isSame;
  }

  forget(): void {
    this.#counts = null;
    this.#countedAtMs = Number.NEGATIVE_INFINITY;
  }

  async close(): Promise<void> {
    await this.#link?.close();
    this.#link = null;
  }

  async #count(): Promise<ReadonlyMap<string, number> | null> {
    try {
      const link = await this.#connect();
      if (!link) return null;
      const nodes = link.nodes.all();
      const infos = await Promise.all(nodes.map((node) => node.call('INFO', 'stats')));
      return new Map(nodes.map(({ endpoint }, at) => [endpoint, expiredIn(infos[at])]));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // The next look counts anew, on a new connection.
      await this.close();
      this.#counts = null;
      return null;
    }
  }

  async #connect(): Promise<ClusterLink | null> {
    if (this.#link && !this.#link.failure) return this.#link;
    this.#counts = null;
    const link = await this.#open();
    this.#link = link instanceof ClusterLink ? link : null;
    return this.#link;
  }
}

function expiredIn(info: Reply | undefined): number {
  const [keys, ...fields] = counters.map((name) => infoCount(info, name));
  return fields.reduce((sum: number, count) => sum + (count ?? 0), keys ?? Number.NaN);
}
