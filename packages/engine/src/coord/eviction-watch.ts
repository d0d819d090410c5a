import { FerryError } from '@cacheferry/kernel';
import { type Connection, infoCount } from '@cacheferry/resp';
import { ClusterLink } from '../route/cluster-link.ts';
import type { MigrationRun } from './open-run.ts';
import { openTarget } from './open-target.ts';

const lookMs = 5_000;
/** So often it is said again while it goes on. */
const quietMs = 60_000;

/** Tells when servers of the target evict keys: what was copied may vanish there, the place of the migration too. */
export class EvictionWatch {
  readonly #run: MigrationRun;
  /** How many keys each server had evicted when it was looked at first, and the last time. */
  readonly #evicted = new Map<string, { first: number; last: number; toldAtMs: number }>();
  readonly #timer: NodeJS.Timeout;
  readonly #stop = new AbortController();
  #looking: Promise<void> | null = null;

  constructor(run: MigrationRun) {
    this.#run = run;
    this.#timer = setInterval(() => {
      // A target that cannot be asked is told of by those who write to it.
      this.#looking ??= this.#lookAll()
        .catch(() => {})
        .finally(() => {
          this.#looking = null;
        });
    }, lookMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort(new FerryError('migration.stopped'));
    await this.#looking;
  }

  async #lookAll(): Promise<void> {
    const lanes = new Set(this.#run.shards.map(({ lane }) => lane));
    for (const lane of lanes) {
      const link = await openTarget(this.#run, { shard: 'evictions', lane }, this.#stop.signal);
      try {
        for (const node of link instanceof ClusterLink ? link.nodes.all() : [link]) await this.#look(node);
      } finally {
        await link.close();
      }
    }
  }

  async #look(node: Connection): Promise<void> {
    const evicted = infoCount(await node.call('INFO', 'stats'), 'evicted_keys') ?? 0;
    const now = this.#run.deps.clock.monotonic();
    const known = this.#evicted.get(node.endpoint);
    // One that counts from 0 again was restarted.
    if (!known || evicted < known.last)
      return void this.#evicted.set(node.endpoint, { first: evicted, last: evicted, toldAtMs: -quietMs });
    const isMore = evicted > known.last;
    known.last = evicted;
    if (!isMore || now - known.toldAtMs < quietMs) return;
    known.toldAtMs = now;
    const error = new FerryError('target.evicting', { endpoint: node.endpoint, keys: evicted - known.first });
    this.#run.errors.add(error.code);
    this.#run.events.error(error, { fatal: false });
  }
}
