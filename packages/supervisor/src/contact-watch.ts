import type { CheckSnapshot, Snapshot } from '@cacheferry/contract';
import type { Failure, Lease, RunRecord } from '@cacheferry/domain';
import { type FerryError, toFerryError } from '@cacheferry/kernel';
import { type SupervisorDeps, timesOf } from './supervisor-deps.ts';

type Known = Snapshot | CheckSnapshot | null;
type RunCell = { read(): RunRecord; write(run: RunRecord): void };

const ticks = 20;

/**
 * Knows when the machine of a run was last heard of. After 30 s of silence the run is shown as lost, whatever the
 * connection looks like; on contact it gets its true state, once everything that happened meanwhile was stored.
 */
export class ContactWatch {
  readonly #deps: SupervisorDeps;
  readonly #lease: Lease;
  readonly #run: RunCell;
  #silentTicks = 0;
  #trouble: Failure | null = null;

  constructor(deps: SupervisorDeps, lease: Lease, run: RunCell) {
    this.#deps = deps;
    this.#lease = lease;
    this.#run = run;
  }

  /** How long nothing was heard. Time in which this process itself stood still does not count. */
  get silentMs(): number {
    return this.#silentTicks * this.#tickMs;
  }

  met(): void {
    this.#silentTicks = 0;
    this.#trouble = null;
  }

  /** What keeps us from the machine. One that does not pass by itself is shown at once. */
  async trouble(error: FerryError): Promise<void> {
    if (!isAboutMachine(error)) return;
    const { code, facts, detail, spec } = error;
    const isNew = this.#trouble?.code !== code;
    this.#trouble = { code, facts, detail };
    if (isNew && (!spec.retry || this.#run.read().isLost)) await this.#lose(this.#trouble);
  }

  /** Looks for silence until aborted. Rejects with `run.lease_lost`. */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    for (;;) {
      await clock.sleep(this.#tickMs, signal);
      this.#silentTicks++;
      const { phase, isLost } = this.#run.read();
      if (phase !== 'launched' || isLost || this.#silentTicks <= ticks) continue;
      try {
        const seconds = Math.round(this.silentMs / 1000);
        await this.#lose(this.#trouble ?? { code: 'run.out_of_contact', facts: { seconds }, detail: '' });
      } catch (thrown) {
        const { code } = toFerryError(thrown);
        if (code === 'run.lease_lost') throw thrown;
        log.warn('A loss of contact could not be stored', { runId: this.#lease.id, code });
      }
    }
  }

  /** The machine has answered. `known`: what the engine says of itself; null when none runs, or it does not say. */
  async confirm(known: Known): Promise<void> {
    this.#run.write(await this.#deps.runs.markContact(this.#lease, known));
  }

  /** Confirms the contact of one connection, with the engine's own word where the run was lost. */
  confirmer(ask: () => Promise<Known>) {
    const { clock } = this.#deps;
    const since = clock.monotonic();
    let isConfirmed = false;
    const confirm = async () => {
      const { isLost } = this.#run.read();
      if (isConfirmed && !isLost) return;
      await this.confirm(isLost ? await ask() : null);
      isConfirmed = true;
    };
    return {
      /** Everything is stored: what comes now is the present. */
      whenCaughtUp: confirm,
      /** There is much to store: the state is not kept back for it for long. */
      whileCatchingUp: async () => {
        const isLong = clock.monotonic() - since > timesOf(this.#deps).catchUpMs;
        if (isLong && this.#run.read().isLost) await confirm();
      },
    };
  }

  async #lose(reason: Failure): Promise<void> {
    this.#run.write(await this.#deps.runs.markLost(this.#lease, reason));
  }

  get #tickMs(): number {
    return timesOf(this.#deps).lostAfterMs / ticks;
  }
}

/** Whether an error says something of the machine, not of our own database or program. */
export function isAboutMachine({ code }: FerryError): boolean {
  return code !== 'control.db_unavailable' && !/^(internal|queue|run)\./.test(code);
}
