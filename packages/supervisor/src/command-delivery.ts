import type { Lease, RunRecord } from '@cacheferry/domain';
import { toFerryError } from '@cacheferry/kernel';
import type { HostCommands } from './host-commands.ts';
import { type SupervisorDeps, timesOf } from './supervisor-deps.ts';

const lookEveryMs = 2_000;

/** Hands what users asked of a run to its engine while there is a connection: at once when woken, else every 2 s. */
export class CommandDelivery {
  readonly #deps: SupervisorDeps;
  readonly #lease: Lease;
  #wakeUp: (() => void) | null = null;
  #isWoken = false;
  #stopAskedAt: number | null = null;
  #firstStopAt: number | null = null;
  #doneAt: number | null = null;

  constructor(deps: SupervisorDeps, lease: Lease) {
    this.#deps = deps;
    this.#lease = lease;
  }

  wake(_run: RunRecord): void {
    this.#isWoken = true;
    this.#wakeUp?.();
  }

  /** Delivers until the returned function is called, which resolves when the last delivery is over. */
  begin(commands: HostCommands, signal: AbortSignal, run: () => RunRecord): () => Promise<void> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const work = this.#deliverUntil(commands, either, run);
    return async () => {
      stop.abort();
      await work;
    };
  }

  async #deliverUntil(commands: HostCommands, signal: AbortSignal, run: () => RunRecord): Promise<void> {
    while (!signal.aborted) {
      this.#isWoken = false;
      try {
        await this.#deliver(commands, run());
      } catch (thrown) {
        if (signal.aborted) return;
        const { code, detail } = toFerryError(thrown);
        this.#deps.log.warn('Requests could not be handed to an engine', { runId: this.#lease.id, code, detail });
      }
      await this.#rest(signal);
    }
  }

  async #deliver(commands: HostCommands, { wanted, outcome }: RunRecord): Promise<void> {
    if (outcome !== null) return this.#seeOff(commands);
    this.#doneAt = null;
    for (const request of await this.#deps.runs.listCommands(this.#lease)) {
      if (request.command === 'stop') this.#noteStop();
      const refusal = await commands.ask(request);
      const failure = refusal && { code: refusal.code, facts: refusal.facts, detail: refusal.detail };
      await this.#deps.runs.markDelivered(this.#lease, request.id, failure);
    }
    if (wanted === 'stopped') await this.#stop(commands);
  }

  /** Asks the engine to stop, again when it does not, and ends it by force when it does not at all. */
  async #stop(commands: HostCommands): Promise<void> {
    const now = this.#deps.clock.monotonic();
    if (this.#stopAskedAt !== null && now - this.#stopAskedAt < timesOf(this.#deps).askMs) return;
    this.#noteStop();
    if (now - (this.#firstStopAt ?? now) > timesOf(this.#deps).stopPatienceMs) return commands.reap({ kill: true });
    const refusal = await commands.ask({ id: this.#deps.newId(), command: 'stop' });
    if (refusal) this.#deps.log.warn('An engine refused to stop', { runId: this.#lease.id, code: refusal.code });
  }

  #noteStop(): void {
    this.#stopAskedAt = this.#deps.clock.monotonic();
    this.#firstStopAt ??= this.#stopAskedAt;
  }

  /** An engine that is done goes by itself, and is ended when it does not. */
  async #seeOff(commands: HostCommands): Promise<void> {
    const now = this.#deps.clock.monotonic();
    this.#doneAt ??= now;
    if (now - this.#doneAt <= timesOf(this.#deps).donePatienceMs) return;
    // Asked first: whoever has lost the lease ends nothing.
    await this.#deps.runs.listCommands(this.#lease);
    await commands.reap({ kill: true });
  }

  #rest(signal: AbortSignal): Promise<void> {
    if (this.#isWoken || signal.aborted) return Promise.resolve();
    const woken = new AbortController();
    this.#wakeUp = () => woken.abort();
    const rest = this.#deps.clock.sleep(lookEveryMs, AbortSignal.any([signal, woken.signal]));
    return rest
      .catch(() => {})
      .finally(() => {
        this.#wakeUp = null;
      });
  }
}
