import type { MachineLink, MachineLogin, MachineStore, MachineTransport } from '@cacheferry/domain';
import { type Clock, FerryError } from '@cacheferry/kernel';

export type OpenLink = { link: MachineLink; login: MachineLogin };
type Shared = { opening: Promise<OpenLink>; users: number; isGone: boolean };

const idleMs = 30_000;

/** One connection per machine, shared by all that work there, closed when nobody has used it for a while. */
export class LinkPool {
  readonly #machines: MachineStore;
  readonly #transport: MachineTransport;
  readonly #clock: Clock;
  readonly #shared = new Map<string, Shared>();
  readonly #stop = new AbortController();

  constructor(deps: { machines: MachineStore; transport: MachineTransport; clock: Clock }) {
    this.#machines = deps.machines;
    this.#transport = deps.transport;
    this.#clock = deps.clock;
  }

  /**
   * Works with the connection to a machine. Rejects with `machine.*` when it cannot be made, `machine.untrusted` while
   * the host key was never confirmed.
   */
  async use<T>(machineId: string, work: (open: OpenLink) => Promise<T>): Promise<T> {
    const shared = this.#take(machineId);
    try {
      return await work(await shared.opening);
    } finally {
      this.#give(machineId, shared);
    }
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    this.#stop.abort(new FerryError('machine.link_lost', { host: '', reason: 'the control plane stops' }));
    const open = await Promise.allSettled([...this.#shared.values()].map(({ opening }) => opening));
    for (const one of open) if (one.status === 'fulfilled') one.value.link.close();
    this.#shared.clear();
  }

  /** Forgets a connection, so that the next use makes a new one: the login may have changed. */
  forget(machineId: string): void {
    const shared = this.#shared.get(machineId);
    if (!shared) return;
    this.#shared.delete(machineId);
    shared.isGone = true;
    if (shared.users === 0) closeWhenOpen(shared);
  }

  #take(machineId: string): Shared {
    const known = this.#shared.get(machineId);
    if (known) {
      known.users++;
      return known;
    }
    const shared: Shared = { opening: this.#open(machineId), users: 1, isGone: false };
    this.#shared.set(machineId, shared);
    const drop = () => {
      shared.isGone = true;
      if (this.#shared.get(machineId) === shared) this.#shared.delete(machineId);
    };
    shared.opening.then(({ link }) => link.closed.then(drop), drop);
    return shared;
  }

  #give(machineId: string, shared: Shared): void {
    if (--shared.users > 0) return;
    if (shared.isGone) return closeWhenOpen(shared);
    const close = () => {
      if (shared.users === 0 && this.#shared.get(machineId) === shared) this.forget(machineId);
    };
    this.#clock.sleep(idleMs, this.#stop.signal).then(close, close);
  }

  async #open(machineId: string): Promise<OpenLink> {
    const contact = await this.#machines.contact(machineId);
    if (!contact.login) throw new FerryError('machine.untrusted', { name: contact.kind === 'ssh' ? contact.host : '' });
    const link = await this.#transport.connect(contact.login, this.#stop.signal);
    return { link, login: contact.login };
  }
}

function closeWhenOpen({ opening }: Shared): void {
  opening.then(
    ({ link }) => link.close(),
    () => {},
  );
}
