import type { MigrationRun } from './open-run.ts';

/** Writes a `phase` event whenever the phase of a shard or the state of the run changes. */
export class PhaseEvents {
  readonly #run: Pick<MigrationRun, 'progress' | 'events'>;
  readonly #told = new Map<string, string>();
  #state = '';

  constructor(run: Pick<MigrationRun, 'progress' | 'events'>) {
    this.#run = run;
  }

  tell(): void {
    const { progress, events } = this.#run;
    const { shards, state } = progress.snapshot();
    for (const { id, phase } of shards) {
      if (this.#told.get(id) === phase) continue;
      this.#told.set(id, phase);
      events.append({ type: 'phase', phase, shard: id, state });
    }
    if (state === this.#state) return;
    this.#state = state;
    events.append({ type: 'phase', phase: state, state });
  }
}
