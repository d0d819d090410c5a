import type { Lease, MachineTask, Ring } from '@cacheferry/domain';
import { FerryError, toFerryError } from '@cacheferry/kernel';
import { keepRenewing } from './keep-lease.ts';
import { LinkPool } from './link-pool.ts';
import { RunAttendant } from './run-attendant.ts';
import { runPreflight } from './run-preflight.ts';
import { type SupervisorDeps, timesOf } from './supervisor-deps.ts';
import { tendMachine } from './tend-machine.ts';

/** Looks after runs, preflights and machines. One per worker process; several share the work by leases. */
export interface Supervisor {
  /** Takes something up at once. Twice is once; never waits for the work itself. */
  attend(ring: Ring): void;
  /** Takes up whatever nobody looks after. */
  reconcile(): Promise<void>;
  /** Lets go of everything; no engine is touched. Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** Taken up in one round of the reconciler. */
const mostRuns = 1_000;
const mostAtOnce = 50;

/** Makes the supervisor of a worker. `owner` names this process in leases. */
export function createSupervisor(deps: SupervisorDeps, owner: string): Supervisor {
  return new Watch(deps, owner);
}

class Watch implements Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #owner: string;
  readonly #links: LinkPool;
  readonly #stop = new AbortController();
  readonly #attendants = new Map<string, RunAttendant>();
  readonly #work = new Map<string, Promise<void>>();

  constructor(deps: SupervisorDeps, owner: string) {
    this.#deps = deps;
    this.#owner = owner;
    this.#links = new LinkPool(deps);
  }

  attend({ kind, id }: Ring): void {
    if (kind === 'run') this.#attendRun(id);
    else if (kind === 'preflight') this.#once(`preflight ${id}`, () => this.#preflight(id));
    else this.#once('machines due', () => this.#machinesDue());
  }

  async reconcile(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { runs, preflights } = this.#deps;
    const [openRuns, openPreflights] = await Promise.all([
      runs.findUnattended(mostRuns),
      preflights.findUnattended(mostAtOnce),
    ]);
    for (const id of openRuns) this.attend({ kind: 'run', id });
    for (const id of openPreflights) this.attend({ kind: 'preflight', id });
    this.#once('machines due', () => this.#machinesDue());
  }

  async stop(): Promise<void> {
    this.#stop.abort(new FerryError('run.lease_lost', { id: '' }));
    for (const attendant of this.#attendants.values()) attendant.release();
    await Promise.all([this.#links.close(), ...this.#work.values()]);
  }

  #attendRun(id: string): void {
    this.#attendants.get(id)?.wake();
    this.#once(`run ${id}`, async () => {
      const claimed = await this.#deps.runs.claim(id, this.#owner, timesOf(this.#deps).leaseMs);
      if (!claimed || this.#stop.signal.aborted) return;
      const attendant = new RunAttendant(this.#deps, this.#links, claimed);
      this.#attendants.set(id, attendant);
      try {
        await attendant.attend();
      } finally {
        this.#attendants.delete(id);
      }
    });
  }

  async #preflight(id: string): Promise<void> {
    const task = await this.#deps.preflights.claim(id, this.#owner, timesOf(this.#deps).leaseMs);
    if (task) await runPreflight(this.#deps, this.#links, task, this.#stop.signal);
  }

  async #machinesDue(): Promise<void> {
    const due = await this.#deps.machines.findDue(mostAtOnce);
    for (const task of due) this.#once(`${task.task} ${task.machineId}`, () => this.#tend(task));
  }

  async #tend(task: MachineTask): Promise<void> {
    const { machines } = this.#deps;
    const lease = await machines.claim(task, this.#owner, timesOf(this.#deps).leaseMs);
    if (!lease) return;
    const done = new AbortController();
    const kept = this.#keep(task, lease, done.signal);
    try {
      await tendMachine({ deps: this.#deps, links: this.#links, signal: this.#stop.signal }, task, lease);
    } catch (thrown) {
      await machines.release(task, lease).catch(() => {});
      if (!this.#stop.signal.aborted) throw thrown;
    } finally {
      done.abort();
      await kept;
    }
  }

  /** Renews the lease of a task until it is done: a worker that is killed over it holds nobody up for long. */
  async #keep(task: MachineTask, lease: Lease, signal: AbortSignal): Promise<void> {
    const { machines, log } = this.#deps;
    const failed = (thrown: unknown) =>
      log.warn('The lease of a machine could not be renewed', { ...task, code: toFerryError(thrown).code });
    await keepRenewing(this.#deps, signal, (leaseMs) => machines.renew(task, lease, leaseMs).catch(failed)).catch(
      () => {},
    );
  }

  /** Starts a piece of work unless the same is under way. Its failure is noted; the reconciler tries again. */
  #once(name: string, work: () => Promise<void>): void {
    if (this.#stop.signal.aborted || this.#work.has(name)) return;
    const task = work()
      .catch((thrown: unknown) => {
        const { code, detail } = toFerryError(thrown);
        this.#deps.log.error('Work of the supervisor failed', { work: name, code, detail });
      })
      .finally(() => this.#work.delete(name));
    this.#work.set(name, task);
  }
}
