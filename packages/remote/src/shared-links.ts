import type { MachineLink } from '@cacheferry/domain';
import { unlessAborted } from './within.ts';

type Shared<L> = { key: string; link: Promise<L>; users: number; isGone: boolean; timer: NodeJS.Timeout | undefined };

/** Keeps one link per machine for all who use it, and for a while after the last of them let it go. */
export class SharedLinks<L extends MachineLink> {
  readonly #lingerMs: number;
  readonly #links = new Map<string, Shared<L>>();

  constructor(lingerMs: number) {
    this.#lingerMs = lingerMs;
  }

  /** A handle on the machine's link; `key` changes when it must be opened anew. Closing the handle lets the link go. */
  async use(machineId: string, key: string, open: () => Promise<L>, signal?: AbortSignal): Promise<L> {
    signal?.throwIfAborted();
    const shared = this.#find(machineId, key, open);
    shared.users++;
    clearTimeout(shared.timer);
    let isUsed = true;
    const letGo = () => {
      if (isUsed) this.#letGo(machineId, shared);
      isUsed = false;
    };
    try {
      const link = await unlessAborted(shared.link, signal);
      return { ...link, close: letGo };
    } catch (error) {
      letGo();
      throw error;
    }
  }

  /** Closes every link, used or not. */
  async close(): Promise<void> {
    const all = [...this.#links.values()];
    this.#links.clear();
    const ended = await Promise.allSettled(
      all.map(async (shared) => {
        clearTimeout(shared.timer);
        const link = await shared.link;
        link.close();
        await link.closed;
      }),
    );
    // A link that could not even be opened needs no closing.
    void ended;
  }

  #find(machineId: string, key: string, open: () => Promise<L>): Shared<L> {
    const known = this.#links.get(machineId);
    if (known && known.key === key && !known.isGone) return known;
    const shared: Shared<L> = { key, link: open(), users: 0, isGone: false, timer: undefined };
    const gone = () => {
      shared.isGone = true;
      clearTimeout(shared.timer);
      if (this.#links.get(machineId) === shared) this.#links.delete(machineId);
    };
    shared.link.then((link) => void link.closed.then(gone), gone);
    this.#links.set(machineId, shared);
    return shared;
  }

  #letGo(machineId: string, shared: Shared<L>): void {
    shared.users--;
    if (shared.users > 0 || shared.isGone) return;
    const isOld = this.#links.get(machineId) !== shared;
    const close = () => void shared.link.then((link) => link.close()).catch(() => {});
    if (isOld) return close();
    shared.timer = setTimeout(close, this.#lingerMs);
    shared.timer.unref();
  }
}
