import { toFerryError } from '@cacheferry/kernel';
import type { TargetLink } from '../route/target-link.ts';
import { turnKey } from '../write/bookkeeping.ts';
import { awaitTurn, type TurnDeps } from './await-turn.ts';

/** An engine that is killed keeps others waiting for so long. */
const leaseMs = 30_000;

/** What holding a turn needs of a connection to the target. */
export type TurnLink = Pick<TargetLink, 'call' | 'close'>;

export type SharedTurnsOptions = TurnDeps & {
  task: string;
  /** The share of this engine: started again, it has the turn that it had. */
  share: number;
  open: (signal: AbortSignal) => Promise<TurnLink>;
};

/**
 * Lets one full sync at a time run on each host, over all engines that share a source, on whatever machines: who has the
 * turn of a host holds a key on their target, and renews it.
 */
export class SharedTurns {
  readonly #options: SharedTurnsOptions;

  constructor(options: SharedTurnsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when it is one's turn, with what ends the turn. Throws the signal's reason. A target that cannot be asked
   * keeps nobody from beginning.
   */
  async take(host: string, signal: AbortSignal): Promise<() => void> {
    const { task, share, open, log } = this.#options;
    const key = turnKey(task, host);
    let link: TurnLink | null = null;
    try {
      link = await open(signal);
      const own = String(share);
      const asked = link;
      await awaitTurn(() => tryHold(asked, key, own), this.#options, { host, signal });
      return hold(link, key, own);
    } catch (error) {
      await link?.close();
      signal.throwIfAborted();
      log.warn('The turn of a host is not shared', { host, code: toFerryError(error).code });
      return () => {};
    }
  }
}

/** null: another engine has it. */
async function tryHold(link: TurnLink, key: string, own: string): Promise<true | null> {
  const isFree = (await link.call('SET', key, own, 'NX', 'PX', leaseMs)) !== null;
  return isFree || String(await link.call('GET', key)) === own ? true : null;
}

function hold(link: TurnLink, key: string, own: string): () => void {
  const renew = () => void link.call('SET', key, own, 'PX', leaseMs).catch(() => {});
  renew();
  const renewing = setInterval(renew, leaseMs / 3);
  const end = async () => {
    if (String(await link.call('GET', key)) === own) await link.call('DEL', key);
  };
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    clearInterval(renewing);
    // A key that could not be removed ends by itself.
    void end()
      .catch(() => {})
      .finally(() => link.close())
      .catch(() => {});
  };
}
